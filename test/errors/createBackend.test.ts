import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  BackendLostError,
  type BackendOptions,
  BackendUnavailableError,
  createBackend,
  maxPool2d,
  OptionError,
  ShapeError,
  type Tensor,
} from "webgpu-cnn";
import { openBackend } from "../../src/backend/openBackend.js";
import { existing } from "../../src/core/objects.js";
import type { Threads } from "../../src/runtime/wasm/threads/threads.js";
import { describeOnEachBackend } from "../support/backends.js";
import { requestDevice } from "../support/device.js";
import { expectError, expectRefusal, rejectionOf, wrong } from "../support/refusals.js";

const STORAGE = 0x80;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;

describe("createBackend refuses", () => {
  test.each<readonly [message: string | RegExp, options: unknown]>([
    ["createBackend: options must be an object such as { kind: … }, got null", null],
    ['createBackend: options must be an object such as { kind: … }, got "webgpu"', "webgpu"],
    ["createBackend: unknown option kinds; did you mean kind?", { kinds: "cpu" }],
    // Not "cpu", although fewer letters differ.
    [
      /^createBackend: kind is "gpu", expected "auto" or "webgpu" or "wasm" or "cpu"(; did you mean "webgpu"\?)?$/,
      { kind: "gpu" },
    ],
    [
      'createBackend: kind is "WebGPU", expected "auto" or "webgpu" or "wasm" or "cpu"; did you mean "webgpu"?',
      { kind: "WebGPU" },
    ],
    ['createBackend: kind is "cuda", expected "auto" or "webgpu" or "wasm" or "cpu"', { kind: "cuda" }],
    ['createBackend: kind is null, expected "auto" or "webgpu" or "wasm" or "cpu"', { kind: null }],
    ['createBackend: validate is "yes", expected true, false or a function', { kind: "cpu", validate: "yes" }],
    ["createBackend: validate is 1, expected true, false or a function", { kind: "cpu", validate: 1 }],
    ["createBackend: poolLimitBytes is -1, expected an integer ≥ 0", { kind: "cpu", poolLimitBytes: -1 }],
    ['createBackend: poolLimitBytes is "1GB", expected an integer ≥ 0', { kind: "cpu", poolLimitBytes: "1GB" }],
    ["createBackend: threads is 0, expected an integer ≥ 1", { kind: "wasm", threads: 0 }],
    ["createBackend: threads is 1.5, expected an integer ≥ 1", { threads: 1.5 }],
    ["createBackend: relaxedSimd is 1, expected true or false", { kind: "wasm", relaxedSimd: 1 }],
    ["createBackend: device must be a GPUDevice, got an object", { device: {} }],
    ["createBackend: device must be a GPUDevice, got null", { device: null }],
    ['createBackend: device must be a GPUDevice, got "cuda:0"', { device: "cuda:0" }],
    ["createBackend: device must be a GPUDevice, got a Promise", { device: Promise.resolve() }],
  ])("%s", async (message, options) => {
    expectError(await rejectionOf(() => createBackend(wrong<BackendOptions>(options))), OptionError, message);
  });

  test("createBackend refuses a device that is already lost", async () => {
    const device = await requestDevice();
    device.destroy();
    await device.lost;
    const message = "createBackend: device is already lost; request a new one from the adapter";
    expectError(await rejectionOf(() => createBackend({ device })), BackendLostError, message);
  });

  test.each(["wasm", "cpu"] as const)(
    "createBackend refuses a device with kind %s and leaves it alone",
    async (kind) => {
      const device = await requestDevice();
      const message = `createBackend: device is given, expected kind "webgpu" or none, got "${kind}"`;
      expectError(await rejectionOf(() => createBackend({ kind, device })), OptionError, message);
      const backend = await createBackend({ kind: "webgpu", device });
      expect([...(await backend.tensor([1, 2]).read())]).toEqual([1, 2]);
      backend.destroy();
      device.destroy();
    },
  );
});

describe("without WebGPU", () => {
  const adapter = (requestDevice: () => Promise<GPUDevice>): GPUAdapter =>
    wrong({
      info: { vendor: "acme", architecture: "", description: "Acme 3000" },
      features: new Set(),
      limits: { maxBufferSize: 4 },
      requestDevice,
    });
  const providing = (found: GPUAdapter | null) => async (): Promise<GPU> =>
    wrong({ requestAdapter: async () => found });

  const none: readonly (readonly [message: string, find: () => Promise<GPU>])[] = [
    [
      "createBackend: no WebGPU here; tried the test's own: this runtime has none",
      async () => {
        throw new Error("this runtime has none");
      },
    ],
    [
      "createBackend: no WebGPU here; tried the test's own: bad luck",
      async () => wrong({ requestAdapter: () => Promise.reject("bad luck") }),
    ],
    [
      "createBackend: no WebGPU here; tried the test's own: no adapter, neither a GPU nor a software adapter",
      providing(null),
    ],
    [
      'createBackend: no WebGPU here; tried the test\'s own: the adapter "Acme 3000" gave no device: it is asleep',
      providing(
        adapter(async () => {
          throw new Error("it is asleep");
        }),
      ),
    ],
  ];
  const noThreads = async (): Promise<Threads> => ({
    usual: 1,
    whyNone: "this is a test",
    start: () => Promise.reject(new Error("no thread is asked for")),
  });
  const open = (find: () => Promise<GPU>, options: BackendOptions) =>
    openBackend({ gpus: [{ name: "the test's own", find }], threads: noThreads }, options);

  test.each(none)("%s", async (message, find) => {
    expectError(await rejectionOf(() => open(find, { kind: "webgpu" })), BackendUnavailableError, message);
  });

  const onAGpu = (message: string) => message.replace("no WebGPU here", "no WebGPU on a GPU here");

  test.each([
    ...none,
    [
      `createBackend: no WebGPU here; tried the test's own: only the software adapter "SwiftShader 5", which is slower than WebAssembly`,
      providing({
        ...adapter(() => Promise.reject(new Error("no device is asked for"))),
        info: wrong({ vendor: "google", architecture: "swiftshader", description: "SwiftShader 5" }),
      }),
    ] as const,
  ])('"auto" falls back to WebAssembly and gives the reason: %s', async (message, find) => {
    const backend = await open(find, {});
    expect(backend.kind).toBe("wasm");
    expect(backend.reason).toBe(onAGpu(message));
    expect(backend.info).toMatchObject({
      software: true,
      threads: 1,
      description: expect.stringContaining("WebAssembly"),
    });
    const y = maxPool2d(backend.tensor([1, 4, 3, 2], [1, 2, 2, 1]), { windowDimensions: 2 });
    expect([...(await y.read())]).toEqual([4]);
    backend.destroy();
  });

  describe("and without WebAssembly", () => {
    const refused = class {
      constructor() {
        throw new Error("blocked by the test's policy");
      }
    };
    const missing: readonly (readonly [reason: RegExp, engine: unknown])[] = [
      [/no WebAssembly here; this engine has no WebAssembly$/, undefined],
      [/no WebAssembly here; this engine's WebAssembly has no SIMD$/, { validate: () => false }],
      [
        /no WebAssembly here; WebAssembly is refused here, perhaps by a content security policy without 'wasm-unsafe-eval' \(blocked by the test's policy\)$/,
        { validate: () => true, Module: refused },
      ],
      [
        /no WebAssembly here; the engine gives it no memory \(blocked by the test's policy\)$/,
        { validate: () => true, Module: class {}, Memory: refused },
      ],
    ];
    afterEach(() => void vi.unstubAllGlobals());

    test.each(missing)('"auto" falls back to the reference: %s', async (reason, engine) => {
      vi.stubGlobal("WebAssembly", engine);
      const [message, find] = existing(none[0]);
      const backend = await open(find, {});
      expect(backend.kind).toBe("cpu");
      expect(backend.reason).toContain(onAGpu(message));
      expect(backend.reason).toMatch(reason);
      backend.destroy();
    });

    test.each(missing)('kind "wasm" is refused: %s', async (reason, engine) => {
      vi.stubGlobal("WebAssembly", engine);
      expectError(await rejectionOf(() => createBackend({ kind: "wasm" })), BackendUnavailableError, reason);
    });
  });

  test("the first provider with a device is used, and the error names all providers without one", async () => {
    const device = await requestDevice();
    const asked: string[] = [];
    const provider = (name: string, find: () => Promise<GPU>) => ({
      name,
      find: () => {
        asked.push(name);
        return find();
      },
    });
    const missing = async () => {
      throw new Error("this runtime has none");
    };
    const failing = [provider("the first", missing), provider("the second", providing(null))];
    const providers = [...failing, provider("the third", providing(adapter(async () => device)))];
    const backend = await openBackend(
      { gpus: [...providers, provider("the fourth", missing)], threads: noThreads },
      { kind: "webgpu" },
    );
    expect(asked).toEqual(["the first", "the second", "the third"]);
    expect([...(await backend.tensor([1, 2]).read())]).toEqual([1, 2]);
    backend.destroy();

    const refusal = await rejectionOf(() => openBackend({ gpus: failing, threads: noThreads }, { kind: "webgpu" }));
    const message =
      "createBackend: no WebGPU here; tried the first: this runtime has none; the second: no adapter, neither a GPU nor a software adapter";
    expectError(refusal, BackendUnavailableError, message);
    expect(refusal).toMatchObject({ cause: { errors: [{ message: "this runtime has none" }, expect.any(Error)] } });
  });

  test("the error keeps its cause", async () => {
    const cause = new Error("no driver");
    const find = async () => {
      throw cause;
    };
    expect(await rejectionOf(() => open(find, { kind: "webgpu" }))).toMatchObject({ cause });
  });

  test("kind cpu asks no provider, and wrong options are refused before any is asked", async () => {
    let looked = 0;
    const find = async () => {
      looked++;
      throw new Error("nothing here");
    };
    const backend = await open(find, { kind: "cpu" });
    expect(backend.reason).toBeUndefined();
    backend.destroy();
    expect(await rejectionOf(() => open(find, { poolLimitBytes: 0.5 }))).toBeInstanceOf(OptionError);
    expect(looked).toBe(0);
  });
});

describeOnEachBackend("methods of a backend", (backend) => {
  test("tidy refuses a value that is not a function and a function that returns a promise", async () => {
    expectRefusal(backend(), OptionError, /^tidy: work must be a function such as \(\) => …, got 3$/, () =>
      backend().tidy(wrong(3)),
    );
    const promised =
      "tidy: the function returned a promise; it must be synchronous (await the reads of its result outside)";
    expectRefusal(backend(), OptionError, promised, () => backend().tidy(async () => backend().zeros([4])));
    // A rejection of the promise is handled.
    expectRefusal(backend(), OptionError, promised, () => backend().tidy(() => Promise.reject(new Error("unheard"))));
  });

  test("warmUp refuses a value that is not a function, a function that returns a promise, and a read inside", async () => {
    const refusal = await rejectionOf(() => backend().warmUp(wrong(undefined)));
    expectError(refusal, OptionError, /^warmUp: trace must be a function such as \(\) => …, got undefined$/);
    const promised = await rejectionOf(() => backend().warmUp(async () => {}));
    expectError(promised, OptionError, /^warmUp: the function returned a promise; it must be synchronous/);
    let read: Promise<unknown> = Promise.resolve();
    await backend().warmUp(() => {
      read = rejectionOf(() => backend().zeros([4]).read());
    });
    expectError(await read, OptionError, "read: called inside warmUp, where nothing is computed yet; call it outside");
    const before = backend().memory();
    await expect(
      backend().warmUp(() => {
        backend().zeros([4]);
        throw new Error("of the caller's own");
      }),
    ).rejects.toThrow("of the caller's own");
    expect(backend().memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  });
});

describe("other backends have no GPUBuffers", () => {
  test.each(["wasm", "cpu"] as const)("gpuBuffer and fromGPUBuffer are refused on %s", async (kind) => {
    const backend = await createBackend({ kind });
    const tensor = backend.zeros([4]);
    const name = kind.toUpperCase();
    const hidden = `gpuBuffer: this tensor is on the ${name} backend and has no GPUBuffer; use read()`;
    expectRefusal(backend, OptionError, hidden, () => tensor.gpuBuffer);
    const wrapped = `fromGPUBuffer: this is the ${name} backend; use tensor(data, shape)`;
    expectRefusal(backend, OptionError, wrapped, () => backend.fromGPUBuffer(wrong({}), [4]));
    backend.destroy();
    expectRefusal(backend, BackendLostError, /destroyed/, () => backend.fromGPUBuffer(wrong({}), [4]));
  });
});

describe("fromGPUBuffer refuses", () => {
  let device: GPUDevice;
  let wrap: (buffer: unknown, shape: unknown) => Tensor;
  let refuses: (error: typeof OptionError, message: string | RegExp, buffer: unknown, shape: unknown) => void;
  beforeAll(async () => {
    device = await requestDevice();
    const backend = await createBackend({ device });
    wrap = (buffer, shape) => backend.fromGPUBuffer(wrong(buffer), wrong(shape));
    refuses = (error, message, buffer, shape) => expectRefusal(backend, error, message, () => wrap(buffer, shape));
  });
  afterAll(() => device.destroy());

  test("a buffer without the usages and a value that is not a buffer", () => {
    for (const buffer of [
      device.createBuffer({ size: 16, usage: STORAGE }),
      device.createBuffer({ size: 16, usage: COPY_SRC }),
      device.createBuffer({ size: 16, usage: COPY_SRC | COPY_DST }),
      undefined,
      null,
      Float32Array.of(1, 2),
    ]) {
      const message = /^fromGPUBuffer: buffer must be a GPUBuffer with the usages STORAGE \| COPY_SRC, got /;
      refuses(OptionError, message, buffer, [2]);
    }
  });

  test("a buffer that is too small and a wrong shape", () => {
    const buffer = device.createBuffer({ size: 16, usage: STORAGE | COPY_SRC });
    const small = "fromGPUBuffer: buffer has 16 bytes, expected at least 4 · 6 = 24 for shape [2, 3]";
    refuses(ShapeError, small, buffer, [2, 3]);
    const empty = "fromGPUBuffer: shape has the extent 0, expected positive integers only (shape [0])";
    refuses(ShapeError, empty, buffer, [0]);
    const missing = "fromGPUBuffer: shape must be an array of extents such as [1, 28, 28, 1], got undefined";
    refuses(ShapeError, missing, buffer, undefined);
    expect(wrap(buffer, [2, 2]).shape).toEqual([2, 2]);
  });
});
