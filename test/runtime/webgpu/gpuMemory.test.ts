import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Backend,
  type BackendOptions,
  conv2d,
  createBackend,
  maxPool2d,
  OptionError,
  pad2d,
  reshape,
  type Tensor,
} from "webgpu-cnn";
import { requestDevice } from "../../support/device.js";
import { expectRefusal, wrong } from "../../support/refusals.js";

const MAP_READ = 0x1;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const STORAGE = 0x80;

let device: GPUDevice;
const opened: Backend[] = [];
beforeEach(async () => {
  device = await requestDevice();
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const backend of opened.splice(0)) backend.destroy();
  device.destroy();
});

async function open(options: BackendOptions = {}): Promise<Backend> {
  const backend = await createBackend({ device, ...options });
  opened.push(backend);
  return backend;
}

/** A caller's buffer with these values. */
function bufferOf(values: readonly number[], usage = STORAGE | COPY_SRC | COPY_DST): GPUBuffer {
  const buffer = device.createBuffer({ size: 4 * values.length, usage, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange()).set(values);
  buffer.unmap();
  return buffer;
}

/** Copies values out with an encoder of the caller. Fails if the device refuses it. */
async function copyOut(buffer: GPUBuffer, elements: number): Promise<number[]> {
  device.pushErrorScope("validation");
  const staging = device.createBuffer({ size: 4 * elements, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4 * elements);
  device.queue.submit([encoder.finish()]);
  expect(await device.popErrorScope()).toBeNull();
  await staging.mapAsync(1);
  const values = [...new Float32Array(staging.getMappedRange())];
  staging.destroy();
  return values;
}

const pooling = { windowDimensions: 2 } as const;

describe("the pool", () => {
  test("keeps the buffers of disposed tensors and hands them out again", async () => {
    const backend = await open();
    const tensors = [1, 2, 3].map(() => backend.zeros([256]));
    const full = backend.memory();
    expect(full).toEqual({ tensors: 3, liveBytes: 3 * 1024, pooledBytes: 0, peakBytes: 3 * 1024 });
    for (const tensor of tensors) tensor.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, liveBytes: 0, pooledBytes: 3 * 1024, peakBytes: 3 * 1024 });
    const again = [1, 2, 3].map((value) => backend.full([256], value));
    expect(backend.memory()).toEqual(full);
    expect(await Promise.all(again.map(async (tensor) => new Set(await tensor.read())))).toEqual(
      [1, 2, 3].map((value) => new Set([value])),
    );
  });

  test("allocates nothing when the same work is done again", async () => {
    const backend = await open();
    const x = backend.full([1, 8, 8, 4], 1);
    const w = backend.full([3, 3, 4, 4], 1);
    const step = () => backend.tidy(() => maxPool2d(pad2d(conv2d(x, w), { padding: 1 }), pooling)).read();
    await step();
    const createBuffer = vi.spyOn(device, "createBuffer");
    const before = backend.memory();
    // The results are not disposed of. Each step may keep one buffer.
    for (let i = 0; i < 4; i++) expect(new Set(await step())).toEqual(new Set([36]));
    expect(createBuffer.mock.calls.length).toBeLessThanOrEqual(4);
    expect(backend.memory().pooledBytes).toBeLessThanOrEqual(before.pooledBytes);
  });

  test.each([0, 1024, 5000])("keeps at most poolLimitBytes: %d", async (poolLimitBytes) => {
    const backend = await open({ poolLimitBytes });
    const tensors = Array.from({ length: 8 }, (_, i) => backend.zeros([64 * (i + 1)]));
    const live = backend.memory().liveBytes;
    for (const tensor of tensors) {
      tensor.dispose();
      expect(backend.memory().pooledBytes).toBeLessThanOrEqual(poolLimitBytes);
    }
    expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0, peakBytes: live });
    await backend.settled();
  });

  test("keeps its other buffers when one buffer is above the limit", async () => {
    const backend = await open({ poolLimitBytes: 4096 });
    const tensors = [256, 512, 4096].map((elements) => backend.zeros([elements]));
    for (const tensor of tensors) tensor.dispose();
    expect(backend.memory().pooledBytes).toBe(1024 + 2048);
  });

  test("destroys a buffer above the limit only after its work is submitted", async () => {
    const backend = await open({ poolLimitBytes: 0 });
    const x = backend.full([1, 4, 4, 1], 3);
    const y = maxPool2d(x, pooling);
    x.dispose();
    const z = maxPool2d(y, pooling);
    y.dispose();
    expect([...(await z.read())]).toEqual([3]);
    await backend.settled();
  });

  test("counts the workspace of an operator in the peak and takes it back", async () => {
    const backend = await open();
    const x = backend.zeros([1, 4, 8, 8]);
    const w = backend.zeros([4, 4, 3, 3]);
    const { liveBytes } = backend.memory();
    const y = conv2d(x, w, { inputLayout: "nchw", filterLayout: "oihw" });
    const after = backend.memory();
    expect(after.liveBytes).toBe(liveBytes + 4 * y.size);
    // The transposed input and filter, and the output before it is transposed.
    expect(after.peakBytes).toBeGreaterThanOrEqual(liveBytes + 4 * (x.size + w.size + y.size));
  });
});

describe("gpuBuffer", () => {
  test("gives a buffer with the values that a caller's encoder can copy", async () => {
    const backend = await open();
    const x = backend.tensor([1, 9, 2, 8, 7, 3, 6, 4], [1, 2, 4, 1]);
    expect(await copyOut(x.gpuBuffer, 8)).toEqual([1, 9, 2, 8, 7, 3, 6, 4]);
    // Queued work is submitted first.
    const y = maxPool2d(x, pooling);
    const { gpuBuffer } = y;
    expect(await copyOut(gpuBuffer, 2)).toEqual([9, 8]);
    expect(y.gpuBuffer).toBe(gpuBuffer);
    expect(reshape(y, [2]).gpuBuffer).toBe(gpuBuffer);
    expect(gpuBuffer.usage & (STORAGE | COPY_SRC | COPY_DST)).toBe(STORAGE | COPY_SRC | COPY_DST);
  });

  test("passes the caller's writes on to operators and reads", async () => {
    const backend = await open();
    const x = backend.zeros([1, 2, 2, 1]);
    device.queue.writeBuffer(x.gpuBuffer, 0, Float32Array.of(1, 2, 3, 4));
    const y = maxPool2d(x, pooling);
    expect([...(await x.read())]).toEqual([1, 2, 3, 4]);
    expect([...(await y.read())]).toEqual([4]);
  });

  test("gives a buffer that is never reused and is destroyed with the last handle", async () => {
    const backend = await open();
    const x = backend.full([256], 1);
    const y = reshape(x, [16, 16]);
    const { gpuBuffer } = x;
    const destroyed = vi.spyOn(gpuBuffer, "destroy");
    x.dispose();
    expect(destroyed).not.toHaveBeenCalled();
    expect(await copyOut(gpuBuffer, 1)).toEqual([1]);
    y.dispose();
    expect(destroyed).toHaveBeenCalledTimes(1);
    expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0, pooledBytes: 0 });
    const others = Array.from({ length: 4 }, () => backend.full([256], 2));
    for (const other of others) expect(other.gpuBuffer).not.toBe(gpuBuffer);
  });

  test("keeps the buffers of other tensors in the pool", async () => {
    const backend = await open();
    const [x, y] = [backend.full([256], 1), backend.full([256], 2)];
    void x.gpuBuffer;
    y.dispose();
    expect(backend.memory().pooledBytes).toBe(1024);
    x.dispose();
    expect(backend.memory().pooledBytes).toBe(1024);
  });
});

describe("fromGPUBuffer", () => {
  const values = [1, 9, 2, 8, 7, 3, 6, 4];

  test("makes the caller's buffer an operand without a copy", async () => {
    const backend = await open();
    const buffer = bufferOf(values);
    const x = backend.fromGPUBuffer(buffer, [1, 2, 4, 1]);
    expect(backend.memory()).toMatchObject({ tensors: 1, liveBytes: 32 });
    expect(x.gpuBuffer).toBe(buffer);
    expect([...(await x.read())]).toEqual(values);
    expect([...(await maxPool2d(x, pooling).read())]).toEqual([9, 8]);
    device.queue.writeBuffer(buffer, 0, Float32Array.of(99));
    expect([...(await maxPool2d(x, pooling).read())]).toEqual([99, 8]);
  });

  test("takes a buffer that is larger than the shape, and the same buffer twice", async () => {
    const backend = await open();
    const buffer = bufferOf([...values, 1000, 1000]);
    const x = backend.fromGPUBuffer(buffer, [1, 2, 4, 1]);
    const flat = backend.fromGPUBuffer(buffer, [8]);
    expect([...(await maxPool2d(x, { windowDimensions: [2, 4] }).read())]).toEqual([9]);
    expect([...(await flat.read())]).toEqual(values);
    const w = backend.fromGPUBuffer(bufferOf([1, 2, 3, 4, 5, 6, 7]), [1, 1, 1, 4]);
    expect([...(await conv2d(reshape(flat, [1, 8, 1, 1]), w).read())].slice(0, 8)).toEqual([1, 2, 3, 4, 9, 18, 27, 36]);
  });

  test("never destroys or reuses the buffer, even after dispose and destroy", async () => {
    const backend = await open();
    const buffer = bufferOf(values);
    const destroyed = vi.spyOn(buffer, "destroy");
    const x = backend.fromGPUBuffer(buffer, [8]);
    const y = maxPool2d(reshape(x, [1, 2, 4, 1]), pooling);
    x.dispose();
    expect([...(await y.read())]).toEqual([9, 8]);
    backend.fromGPUBuffer(buffer, [2]).dispose();
    const others = Array.from({ length: 4 }, () => backend.full([8], 5));
    for (const other of others) expect(other.gpuBuffer).not.toBe(buffer);
    backend.destroy();
    expect(destroyed).not.toHaveBeenCalled();
    expect(await copyOut(buffer, 8)).toEqual(values);
  });

  test("refuses an object that only looks like a buffer", async () => {
    const backend = await open();
    const buffer = bufferOf(values);
    const { usage, size } = buffer;
    for (const lookAlike of [
      { usage, size },
      { usage, size, destroy: () => {}, mapState: "unmapped", [Symbol.toStringTag]: "GPUBuffer" },
      Object.create(Object.getPrototypeOf(buffer)),
      new Proxy(buffer, {}),
      { __proto__: buffer },
      null,
      new Float32Array(8),
    ]) {
      expectRefusal(
        backend,
        OptionError,
        /^fromGPUBuffer: buffer must be a GPUBuffer with the usages STORAGE \| COPY_SRC, got (an? |null|Float32Array)/,
        () => backend.fromGPUBuffer(wrong(lookAlike), [8]),
      );
    }
  });

  test("needs STORAGE and COPY_SRC only", async () => {
    const backend = await open();
    const x = backend.fromGPUBuffer(bufferOf(values, STORAGE | COPY_SRC), [1, 2, 4, 1]);
    expect([...(await maxPool2d(x, pooling).read())]).toEqual([9, 8]);
    expect([...(await x.read())]).toEqual(values);
    await backend.settled();
  });
});

describe("flush", () => {
  const queued = (backend: Backend): Tensor => maxPool2d(backend.full([1, 2, 2, 1], 3), pooling);

  test("submits queued work before it returns, not earlier", async () => {
    const backend = await open();
    const submit = vi.spyOn(device.queue, "submit");
    const y = queued(backend);
    expect(submit).not.toHaveBeenCalled();
    backend.flush();
    const calls = submit.mock.calls.length;
    expect(calls).toBeGreaterThan(0);
    backend.flush();
    expect(submit).toHaveBeenCalledTimes(calls);
    expect([...(await y.read())]).toEqual([3]);
  });

  test("happens in a read, in gpuBuffer and in settled()", async () => {
    const backend = await open();
    const submit = vi.spyOn(device.queue, "submit");
    for (const ask of [(y: Tensor) => y.read(), (y: Tensor) => y.gpuBuffer, () => backend.settled()]) {
      const y = queued(backend);
      const before = submit.mock.calls.length;
      const asked = ask(y);
      expect(submit.mock.calls.length).toBeGreaterThan(before);
      await asked;
    }
  });

  test("happens by itself when enough work is queued", async () => {
    const backend = await open();
    const submit = vi.spyOn(device.queue, "submit");
    const x = backend.zeros([1, 8, 8, 4]);
    for (let i = 0; i < 5000 && submit.mock.calls.length === 0; i++) maxPool2d(x, pooling).dispose();
    expect(submit).toHaveBeenCalled();
    await backend.settled();
  });
});

describe("warmUp", () => {
  test("compiles the kernels of later calls without blocking and submits nothing", async () => {
    const backend = await open();
    const blocking = vi.spyOn(device, "createComputePipeline");
    const background = vi.spyOn(device, "createComputePipelineAsync");
    const submit = vi.spyOn(device.queue, "submit");
    const trace = () => {
      maxPool2d(conv2d(backend.full([1, 6, 6, 4], 1), backend.full([3, 3, 4, 4], 1)), pooling);
    };
    const before = backend.memory();
    // Both at the same time, as a page may call it.
    await Promise.all([backend.warmUp(trace), backend.warmUp(trace)]);
    expect(backend.memory()).toEqual(before);
    expect(background).toHaveBeenCalledTimes(2);
    expect(submit).not.toHaveBeenCalled();
    trace();
    backend.flush();
    expect(blocking).not.toHaveBeenCalled();
    expect(submit).toHaveBeenCalled();
    await backend.settled();
  });
});
