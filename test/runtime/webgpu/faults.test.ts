import { afterEach, describe, expect, test } from "vitest";
import {
  averagePool2d,
  type Backend,
  BackendLostError,
  conv2d,
  createBackend,
  KernelError,
  maxPool2d,
  OutOfMemoryError,
  pad2d,
  reshape,
  type Tensor,
  type ValidationReport,
} from "webgpu-cnn";
import { RuntimeBackend } from "../../../src/backend/backend.js";
import { execute } from "../../../src/ops/kit/execute.js";
import { GpuRuntime } from "../../../src/runtime/webgpu/runtime.js";
import { upload } from "../../support/backends.js";
import { requestDevice, withoutLargeBuffers } from "../../support/device.js";
import { ALL_OPERATORS } from "../../support/operators.js";
import { randomOperand } from "../../support/random.js";
import { expectError, expectRefusal, rejectionOf } from "../../support/refusals.js";

/** STORAGE | COPY_SRC | COPY_DST. */
const STORAGE_COPY = 0x80 | 0x4 | 0x8;

const opened: Backend[] = [];
afterEach(() => {
  for (const backend of opened.splice(0)) backend.destroy();
});

async function open(options = {}): Promise<Backend> {
  const backend = await createBackend({ kind: "webgpu", ...options });
  opened.push(backend);
  return backend;
}

/** Runs `make` and gives its buffer back. The buffer is then known to be valid, and the next run shares its submission with others. */
async function confirm(make: () => Tensor): Promise<void> {
  const tensor = make();
  await tensor.read();
  tensor.dispose();
}

describe("an allocation that fails on the device", () => {
  const WAYS: readonly (readonly [operator: string, make: (backend: Backend, side: number) => Tensor])[] = [
    ["full", (backend, side) => backend.full([4 * side * side], 0)],
    ["tensor", (backend, side) => backend.tensor(new Float32Array(4 * side * side))],
    ["pad2d", (backend, side) => backend.tidy(() => pad2d(backend.full([1, 2, 2, 4], 1), { padding: (side - 2) / 2 }))],
  ];

  /**
   * Makes a tensor of 4 · side² elements among small ones, and reads all of them at the same time. Expects that reads which depend on it are
   * rejected in the name of its operator, and that the others succeed.
   */
  async function expectOnlyDependentsToFail(
    backend: Backend,
    [operator, make]: (typeof WAYS)[number],
    side: number,
    error: typeof OutOfMemoryError | typeof KernelError,
  ): Promise<void> {
    const elements = 4 * side * side;
    const small = backend.full([1, 4, 4, 4], 1);
    const pool = () => maxPool2d(small, { windowDimensions: 2 });
    await confirm(pool);
    const before = pool();
    const readBefore = before.read();
    const huge = make(backend, side);
    const image = reshape(huge, [1, 1, elements, 1]);
    const dependent = maxPool2d(image, { windowDimensions: [1, elements] });
    const after = pool();
    const fine = Promise.all([readBefore, after.read(), before.read()]);
    const failing = Promise.all([huge, dependent, image].map((tensor) => rejectionOf(() => tensor.read())));
    // The failed allocation is not known yet.
    for (const tensor of [huge, image]) tensor.dispose();
    const message = new RegExp(`^${operator}: the device could not allocate [\\d,]+ [KM]iB \\(`);
    for (const reason of await failing) expectError(reason, error, message);
    for (const values of await fine) expect([...values]).toEqual(new Array(16).fill(1));
    for (const tensor of [dependent, before, after]) tensor.dispose();
    expect(backend.memory()).toEqual({
      tensors: 1,
      liveBytes: 4 * 64,
      pooledBytes: 3 * 256,
      peakBytes: 4 * (64 + 16 + elements + 1 + 16),
    });
    await backend.settled();
  }

  test.for(WAYS)("rejects only the reads that depend on it, in the name of %s", async (way) => {
    const device = await requestDevice();
    const backend = await open({ device: withoutLargeBuffers(device, 2 ** 20), kind: "auto" });
    await expectOnlyDependentsToFail(backend, way, 256, KernelError);
    device.destroy();
  });

  // A gibibyte is too much to upload.
  const WITHOUT_UPLOAD = WAYS.filter(([operator]) => operator !== "tensor");
  test.for(WITHOUT_UPLOAD)("gives an OutOfMemoryError if memory is short: %s", async (way, { skip }) => {
    const backend = await open();
    skip(!backend.info.software, "a GPU may have the gibibyte that the software adapter does not have");
    await expectOnlyDependentsToFail(backend, way, 8192, OutOfMemoryError);
  });

  test("rejects only the read if there is no memory to read back through", async () => {
    const device = await requestDevice();
    const backend = await open({ device: withoutLargeBuffers(device, 2 ** 20), kind: "auto" });
    const buffer = device.createBuffer({ size: 2 ** 20, usage: STORAGE_COPY });
    const mine = backend.fromGPUBuffer(buffer, [1, 1, 2 ** 18, 1]);
    const pool = () => maxPool2d(mine, { windowDimensions: [1, 2 ** 18] });
    const before = pool();
    const readBefore = before.read();
    const failing = rejectionOf(() => mine.read());
    const after = pool();
    const fine = Promise.all([readBefore, after.read()]);
    expectError(await failing, KernelError, /^read: the device could not allocate 1 MiB to read back through \(/);
    for (const values of await fine) expect([...values]).toEqual([0]);
    expect(backend.memory()).toMatchObject({ tensors: 3, liveBytes: 4 * (2 ** 18 + 2), pooledBytes: 0 });
    device.destroy();
  });
});

describe("a kernel that does not compile", () => {
  const broken = {
    path: "shaders/test/broken.wgsl",
    source: [
      "const WORKGROUP_SIZE: u32 = 1;",
      "struct Params {",
      "  invocations: u32,",
      "}",
      "@group(0) @binding(0) var<uniform> params: Params;",
      "@group(0) @binding(1) var<storage, read_write> y: array<f32>;",
      "@compute @workgroup_size(WORKGROUP_SIZE)",
      "fn main() {",
      "  y[0] = nobody;",
      "}",
    ].join("\n"),
    imports: [],
  };

  test("rejects only its outputs, with file and line", async () => {
    const device = await requestDevice();
    const runtime = new GpuRuntime(device, { ownsDevice: true, poolLimitBytes: 2 ** 20 });
    const backend = new RuntimeBackend(runtime, undefined);
    opened.push(backend);
    const x = backend.full([1, 2, 2, 1], 3);
    const run = () =>
      execute({
        name: "brokenOperator",
        inputs: { x },
        outputs: { y: [4] },
        gpu(launcher, _, { y }) {
          launcher.launch({ shader: broken, constants: {}, params: {}, bindings: { y }, invocations: 1, work: 1 });
        },
        cpu: () => {},
        terms: 0,
      }).y;
    const pool = () => maxPool2d(x, { windowDimensions: 2 });
    await confirm(pool);
    const before = pool();
    const readBefore = before.read();
    const y = run();
    const after = pool();
    const poolOf = (tensor: Tensor) =>
      backend.tidy(() => maxPool2d(reshape(tensor, [1, 2, 2, 1]), { windowDimensions: 2 }));
    const dependent = poolOf(y);
    const fine = Promise.all([readBefore, after.read(), before.read()]);
    const failing = Promise.all([y, dependent].map((tensor) => rejectionOf(() => tensor.read())));
    const message =
      /^brokenOperator: the kernel shaders\/test\/broken.wgsl does not compile: shaders\/test\/broken.wgsl:9: .*nobody/;
    for (const reason of await failing) expectError(reason, KernelError, message);
    for (const values of await fine) expect([...values]).toEqual([3]);
    for (const tensor of [before, y, after, dependent]) tensor.dispose();
    const peakBytes = 4 * (4 + 1 + 4 + 1 + 1);
    expect(backend.memory()).toEqual({ tensors: 1, liveBytes: 4 * 4, pooledBytes: 4 * 256, peakBytes });
    // The kernel is now known to be broken. It is not even submitted.
    expectError(await rejectionOf(() => run().read()), KernelError, message);
    expectError(await rejectionOf(() => poolOf(run()).read()), KernelError, message);
    await expect(backend.warmUp(run)).rejects.toThrow(KernelError);
    // An error of the trace itself is thrown. The error of its kernel is handled, but not reported.
    const trace = () => {
      run();
      throw new RangeError("from the trace");
    };
    await expect(backend.warmUp(trace)).rejects.toThrow(new RangeError("from the trace"));
    await backend.settled();
  });
});

describe("an operator that leaves out a parameter or binding of its kernel", () => {
  const fill = {
    path: "shaders/test/fill.wgsl",
    source: [
      "const WORKGROUP_SIZE: u32 = 1;",
      "struct Params {",
      "  invocations: u32,",
      "  value: f32,",
      "}",
      "@group(0) @binding(0) var<uniform> params: Params;",
      "@group(0) @binding(1) var<storage, read_write> y: array<f32>;",
      "@compute @workgroup_size(WORKGROUP_SIZE)",
      "fn main() {",
      "  y[0] = params.value;",
      "}",
    ].join("\n"),
    imports: [],
  };

  test.each([
    ["a param", {}, true, "shaders/test/fill.wgsl:4: Params asks for value, which the operator does not give"],
    ["a binding", { value: 1 }, false, "shaders/test/fill.wgsl:7: the operator fill binds nothing to y"],
  ] as const)("throws with the file and line of %s and leaves no memory behind", async (_, params, binds, message) => {
    const backend = await open();
    const x = backend.full([1], 3);
    const before = backend.memory();
    const run = () =>
      execute({
        name: "fill",
        inputs: { x },
        outputs: { y: [1] },
        gpu: (launcher, _, { y }) =>
          launcher.launch({
            shader: fill,
            constants: {},
            params,
            bindings: binds ? { y } : {},
            invocations: 1,
            work: 1,
          }),
        cpu: () => {},
        terms: 0,
      });
    expect(run).toThrow(new KernelError(message));
    expect(backend.memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
    expect([...(await x.read())]).toEqual([3]);
  });
});

describe("a caller's buffer", () => {
  test("rejects only the reads that depend on it if it is destroyed", async () => {
    const device = await requestDevice();
    const backend = await open({ device, kind: "auto" });
    const x = backend.full([1, 2, 2, 1], 3);
    const pool = () => maxPool2d(x, { windowDimensions: 2 });
    await confirm(pool);
    const buffer = device.createBuffer({ size: 256, usage: STORAGE_COPY });
    const mine = backend.fromGPUBuffer(buffer, [1, 2, 2, 1]);
    buffer.destroy();
    const before = pool();
    const readBefore = before.read();
    const bad = maxPool2d(mine, { windowDimensions: 2 });
    const after = pool();
    const fine = Promise.all([readBefore, after.read()]);
    const failing = Promise.all([bad, mine].map((tensor) => rejectionOf(() => tensor.read())));
    const [ofPool, ofRead] = await failing;
    expectError(ofPool, KernelError, /^maxPool2d: the device refused the work \(/);
    expectError(ofRead, KernelError, /^read: the device refused the work \(/);
    for (const values of await fine) expect([...values]).toEqual([3]);
    for (const tensor of [mine, before, bad, after]) tensor.dispose();
    const peakBytes = 4 * (4 + 4 + 1 + 1 + 1);
    expect(backend.memory()).toEqual({ tensors: 1, liveBytes: 4 * 4, pooledBytes: 3 * 256, peakBytes });
    await backend.settled();
    device.destroy();
  });

  test("is read with its values at the operator's call, even if it is written later", async () => {
    const device = await requestDevice();
    const backend = await open({ device, kind: "auto" });
    const buffer = device.createBuffer({ size: 256, usage: STORAGE_COPY });
    const mine = backend.fromGPUBuffer(buffer, [1, 2, 2, 1]);
    const frame = (value: number) => device.queue.writeBuffer(buffer, 0, new Float32Array(4).fill(value));
    frame(4);
    const first = maxPool2d(mine, { windowDimensions: 2 });
    frame(40);
    const second = maxPool2d(mine, { windowDimensions: 2 });
    expect([...(await first.read()), ...(await second.read())]).toEqual([4, 40]);
    device.destroy();
  });
});

describe("a caller's device with default limits and no features", () => {
  // It compiles every kernel.
  test("computes every operator correctly", { timeout: 300_000 }, async () => {
    const device = await requestDevice();
    expect([...device.features].filter((feature) => feature !== "core-features-and-limits")).toEqual([]);
    expect(device.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
    const compared = new Set<string>();
    const backend = await open({
      device,
      kind: "auto",
      validate: ({ operator }: ValidationReport) => compared.add(operator),
    });
    for (const { tensors, options, call } of ALL_OPERATORS) {
      const operands = new Map(
        Object.entries(tensors).map(([name, shape], i) => [name, upload(backend, randomOperand(shape, i))]),
      );
      call((name) => operands.get(name) ?? backend.zeros([1]), options);
    }
    await backend.settled();
    expect(compared.size).toBeGreaterThanOrEqual(11);
    device.destroy();
  });

  test("refuses a tensor beyond its limits at the call, and pending reads go on", async () => {
    const device = await requestDevice();
    const backend = await open({ device, kind: "auto" });
    const x = backend.full([1, 2, 2, 1], 3);
    const y = maxPool2d(x, { windowDimensions: 2 });
    const underWay = y.read();
    const before = backend.memory();
    const tooLarge = /^full: a tensor of 256 MiB is larger than this device's largest buffer, 256 MiB; split it/;
    expectRefusal(backend, OutOfMemoryError, tooLarge, () => backend.full([2 ** 26 + 1], 0));
    expect(backend.memory()).toEqual(before);
    // It fits in a buffer, but not in one binding.
    const wide = backend.zeros([1, 1, 2 ** 25 + 4, 1]);
    const tooWide =
      /^maxPool2d: an image \(x 128 MiB, y 64 MiB an image\) must fit one binding of this device, 128 MiB/;
    expectRefusal(backend, OutOfMemoryError, tooWide, () => maxPool2d(wide, { windowDimensions: [1, 2] }));
    expect([...(await underWay)]).toEqual([3]);
    wide.dispose();
    y.dispose();
    expect(backend.memory()).toMatchObject({ tensors: 1, liveBytes: 4 * 4 });
    await backend.settled();
    device.destroy();
  });
});

/** Deno waits for the work when a buffer is mapped. A read before the loss may already have its values. */
const readsBlock = "Deno" in globalThis;

describe("a device that is lost", () => {
  type Loss = (backend: Backend, device?: GPUDevice) => void;
  const WAYS: readonly (readonly [how: string, callersDevice: boolean, lose: Loss])[] = [
    ["backend.destroy()", false, (backend) => backend.destroy()],
    ["backend.destroy() on a caller's device", true, (backend) => backend.destroy()],
    ["a caller's device.destroy()", true, (_, device) => device?.destroy()],
  ];

  describe.for(WAYS)("by %s", ([, callersDevice, lose]) => {
    test.for([
      ["at once", false, false],
      ["at once, while it validates", false, true],
      ["at work", true, false],
      ["at work, while it validates", true, true],
    ] as const)(
      "rejects everything that is pending, %s, and later calls throw",
      async ([, atWork, validate], { skip }) => {
        const device = callersDevice ? await requestDevice() : undefined;
        const backend = await open({ device, validate });
        skip(atWork && !backend.info.software, "a GPU would finish its work before");
        skip(atWork && readsBlock, "Deno would finish its work before");
        const x = backend.full([32, 32, 32, 16], 1);
        const [w, small] = [backend.full([3, 3, 16, 64], 1), backend.full([1, 1, 16, 1], 1)];
        await confirm(() => maxPool2d(x, { windowDimensions: 2 }));
        expect(backend.memory().pooledBytes).toBeGreaterThan(0);

        // Some 500 million operations each at work. A software adapter takes at least a tenth of a second for them.
        const convolutions = [1, 2, 3].map(() => conv2d(x, atWork ? w : small));
        const pending = convolutions.map((y) => rejectionOf(() => y.read()));
        if (atWork) await new Promise((resolve) => setTimeout(resolve, 10));
        const unread = maxPool2d(x, { windowDimensions: 3 });
        const trace = () => averagePool2d(x, { windowDimensions: 2 });
        const waits = [() => x.read(), () => unread.read(), () => backend.settled(), () => backend.warmUp(trace)];
        pending.push(...waits.map(rejectionOf));
        lose(backend, device);
        const lost = /^(read: )?the device is lost \(.*\); make a new one with createBackend\(\)$/;
        for (const reason of await Promise.all(pending)) {
          if (reason !== undefined || !readsBlock) expectError(reason, BackendLostError, lost);
        }
        expect(await backend.lost).toMatchObject({ reason: "destroyed" });

        for (const wait of waits) expectError(await rejectionOf(wait), BackendLostError, lost);
        for (const call of [trace, () => backend.tensor([1]), () => backend.flush(), () => x.gpuBuffer]) {
          expect(call).toThrow(BackendLostError);
        }
        backend.destroy();
        const tensors = [x, w, small, unread, ...convolutions];
        const liveBytes = tensors.reduce((bytes, { size }) => bytes + 4 * size, 0);
        expect(backend.memory()).toMatchObject({ tensors: 7, liveBytes, pooledBytes: 0 });
        for (const tensor of tensors) tensor.dispose();
        expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0, pooledBytes: 0 });
        if (!device) return;
        device.destroy();
        await device.lost;
        await expect(createBackend({ device })).rejects.toThrow(BackendLostError);
      },
    );
  });

  test("destroy() leaves a caller's device working", async () => {
    const device = await requestDevice();
    const first = await open({ device, kind: "auto" });
    await first.full([4], 1).read();
    first.destroy();
    const second = await open({ device, kind: "auto" });
    expect([...(await second.full([2], 5).read())]).toEqual([5, 5]);
    device.destroy();
  });
});
