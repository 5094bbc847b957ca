import { afterEach, describe, expect, test } from "vitest";
import {
  type Backend,
  BackendLostError,
  conv2d,
  createBackend,
  KernelError,
  maxPool2d,
  OutOfMemoryError,
  reshape,
  type Tensor,
} from "webgpu-cnn";
import { Backend as BackendClass } from "../../src/backend.js";
import { execute } from "../../src/ops/execute.js";
import { GpuRuntime } from "../../src/webgpu/runtime.js";
import { requestDevice, withoutLargeBuffers } from "../support/device.js";

const opened: Backend[] = [];
afterEach(() => {
  for (const backend of opened.splice(0)) backend.destroy();
});

async function open(options = {}): Promise<Backend> {
  const backend = await createBackend({ kind: "webgpu", ...options });
  opened.push(backend);
  return backend;
}

/** Runs what `make` makes and gives its buffer back: from then on it is known to be good, and the next run shares its submission with others. */
async function confirm(make: () => Tensor): Promise<void> {
  const tensor = make();
  await tensor.read();
  tensor.dispose();
}

describe("an allocation that fails on the device", () => {
  /** Makes a huge tensor among small ones, and expects all that depends on it, and nothing else, to be rejected. */
  async function expectOnlyDependentsToFail(
    backend: Backend,
    elements: number,
    error: typeof OutOfMemoryError | typeof KernelError,
  ): Promise<void> {
    const small = backend.full([1, 4, 4, 4], 1);
    const pool = () => maxPool2d(small, { windowDimensions: 2 });
    await confirm(pool);
    const before = pool();
    const huge = backend.full([elements], 0);
    const image = reshape(huge, [1, 1, elements, 1]);
    const dependent = maxPool2d(image, { windowDimensions: [1, elements] });
    const after = pool();
    await expect(dependent.read()).rejects.toThrow(error);
    await expect(huge.read()).rejects.toThrow(/^full: the device could not allocate [\d,]+ [KM]iB \(/);
    for (const fine of [before, after]) expect([...(await fine.read())]).toEqual(new Array(16).fill(1));
    for (const tensor of [huge, image, dependent, before, after]) tensor.dispose();
    expect(backend.memory()).toMatchObject({ tensors: 1, liveBytes: 4 * 64 });
    expect(backend.memory().pooledBytes).toBeLessThan(2 ** 10);
    await backend.settled();
  }

  test("rejects what depends on it, with the operator's name, and nothing else", async () => {
    const device = await requestDevice();
    const backend = await open({ device: withoutLargeBuffers(device, 2 ** 20), kind: "auto" });
    await expectOnlyDependentsToFail(backend, 2 ** 18, KernelError);
    device.destroy();
  });

  test("is an OutOfMemoryError where memory is what lacks", async ({ skip }) => {
    const backend = await open();
    skip(!backend.info.software, "a GPU may have the gibibyte that the software adapter lacks");
    await expectOnlyDependentsToFail(backend, 2 ** 28, OutOfMemoryError);
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
    imports: {},
  };

  test("rejects its outputs with file and line, and nothing else", async () => {
    const device = await requestDevice();
    const runtime = new GpuRuntime(device, { ownsDevice: true, poolLimitBytes: 2 ** 20 });
    const backend = new BackendClass(runtime, undefined, undefined);
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
        linearIn: [],
      }).y;
    const pool = () => maxPool2d(x, { windowDimensions: 2 });
    await confirm(pool);
    const before = pool();
    const y = run();
    const after = pool();
    await expect(y.read()).rejects.toThrow(KernelError);
    await expect(y.read()).rejects.toThrow(
      /^brokenOperator: the kernel shaders\/test\/broken.wgsl does not compile: shaders\/test\/broken.wgsl:9: .*nobody/,
    );
    for (const fine of [before, after]) expect([...(await fine.read())]).toEqual([3]);
    // Once known to be broken, it is not even submitted.
    await expect(run().read()).rejects.toThrow(/nobody/);
    await expect(maxPool2d(reshape(run(), [1, 2, 2, 1]), { windowDimensions: 2 }).read()).rejects.toThrow(KernelError);
    await expect(backend.warmUp(run)).rejects.toThrow(KernelError);
    // A trace that throws of itself says so; the kernel that it left behind goes unheard, but not unhandled.
    const trace = () => {
      run();
      throw new RangeError("from the trace");
    };
    await expect(backend.warmUp(trace)).rejects.toThrow(new RangeError("from the trace"));
    await backend.settled();
  });
});

describe("an operator that does not give what its kernel asks for", () => {
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
    imports: {},
  };

  test.each([
    ["a param", {}, true, "shaders/test/fill.wgsl:4: Params asks for value, which the operator does not give"],
    ["a binding", { value: 1 }, false, "shaders/test/fill.wgsl:7: the operator fill binds nothing to y"],
  ] as const)("is told the file and line of %s, and leaves nothing behind", async (_, params, binds, message) => {
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
        linearIn: [],
      });
    expect(run).toThrow(new KernelError(message));
    expect(backend.memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
    expect([...(await x.read())]).toEqual([3]);
  });
});

describe("a caller's buffer", () => {
  const STORAGE_COPY = 0x80 | 0x4 | 0x8;

  test("that is no good rejects what depends on it, and nothing else", async () => {
    const device = await requestDevice();
    const backend = await open({ device, kind: "auto" });
    const x = backend.full([1, 2, 2, 1], 3);
    const pool = () => maxPool2d(x, { windowDimensions: 2 });
    await confirm(pool);
    const buffer = device.createBuffer({ size: 256, usage: STORAGE_COPY });
    const mine = backend.fromGPUBuffer(buffer, [1, 2, 2, 1]);
    buffer.destroy();
    const before = pool();
    const bad = maxPool2d(mine, { windowDimensions: 2 });
    const after = pool();
    await expect(bad.read()).rejects.toThrow(KernelError);
    await expect(mine.read()).rejects.toThrow(KernelError);
    for (const fine of [before, after]) expect([...(await fine.read())]).toEqual([3]);
    device.destroy();
  });

  test("is read as of the operator's call, whatever is written to it later", async () => {
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

describe("a device that goes away", () => {
  test("destroy() rejects pending reads, and later calls throw", async () => {
    const backend = await open();
    const x = backend.full([1, 8, 8, 4], 1);
    const pending = conv2d(x, backend.full([3, 3, 4, 4], 1)).read();
    const outcome = expect(pending).rejects.toThrow(BackendLostError);
    backend.destroy();
    await outcome;
    expect(() => maxPool2d(x, { windowDimensions: 2 })).toThrow(BackendLostError);
    expect(() => backend.tensor([1])).toThrow(BackendLostError);
    await expect(x.read()).rejects.toThrow(BackendLostError);
    await expect(backend.settled()).rejects.toThrow(BackendLostError);
    expect(await backend.lost).toMatchObject({ reason: "destroyed" });
    backend.destroy();
    x.dispose();
  });

  test("a caller's device that is destroyed under us rejects pending reads", async () => {
    const device = await requestDevice();
    const backend = await open({ device, kind: "auto" });
    const x = backend.full([1, 8, 8, 4], 1);
    const pending = maxPool2d(x, { windowDimensions: 2 }).read();
    const outcome = expect(pending).rejects.toThrow(BackendLostError);
    device.destroy();
    await outcome;
    expect(await backend.lost).toMatchObject({ reason: "destroyed" });
    expect(() => maxPool2d(x, { windowDimensions: 2 })).toThrow(BackendLostError);
    await expect(createBackend({ device })).rejects.toThrow(BackendLostError);
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
