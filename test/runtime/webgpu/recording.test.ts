import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { add, type Backend, createBackend, KernelError, reshape, type Tensor } from "webgpu-cnn";
import type { ShaderSource } from "../../../src/core/operation.js";
import { execute } from "../../../src/ops/kit/execute.js";
import { requestDevice } from "../../support/device.js";

let device: GPUDevice;
let backend: Backend;
beforeEach(async () => {
  device = await requestDevice();
  backend = await createBackend({ device });
});
afterEach(async () => {
  vi.restoreAllMocks();
  backend.destroy();
  device.destroy();
});

/** A kernel with a parameter that its launcher may leave out. */
const scale: ShaderSource = {
  path: "test/scale.wgsl",
  imports: [],
  source: `const WORKGROUP_SIZE: u32 = 64;
struct Params {
  invocations: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.invocations) {
    y[id.x] = x[id.x] * params.factor;
  }
}`,
};

const scaled = (x: Tensor, params: Readonly<Record<string, number>>) =>
  execute({
    name: "scale",
    inputs: { x },
    outputs: { y: x.shape },
    gpu: (launcher, { x }, { y }) =>
      launcher.launch({
        shader: scale,
        constants: {},
        params,
        bindings: { x, y },
        invocations: x.elements,
        work: x.elements,
      }),
    cpu: () => {},
    terms: 1,
  }).y;

describe("a launch that fails", () => {
  test("leaves no memory behind if it is being recorded", async () => {
    const x = backend.zeros([256]);
    await backend.settled();
    const buffers: GPUBuffer[] = [];
    const createBuffer = device.createBuffer.bind(device);
    vi.spyOn(device, "createBuffer").mockImplementation((descriptor) => {
      const buffer = createBuffer(descriptor);
      vi.spyOn(buffer, "destroy");
      buffers.push(buffer);
      return buffer;
    });
    const before = backend.memory();
    const work = ({ x }: { readonly x: Tensor }) => ({ y: scaled(add(x, x), {}) });
    for (let i = 0; i < 3; i++) expect(() => backend.record(work, { x })).toThrow(KernelError);
    await backend.settled();
    const { tensors, liveBytes } = before;
    expect(backend.memory()).toMatchObject({ tensors, liveBytes });
    const params = buffers.filter(({ label }) => label === "webgpu-cnn recorded params");
    expect(params).toHaveLength(3);
    for (const buffer of params) expect(buffer.destroy).toHaveBeenCalled();
  });

  test("frees its slot for the next launch, even after many failures", async () => {
    const x = backend.full([4], 2);
    for (let i = 0; i < 200; i++) expect(() => scaled(x, {})).toThrow(KernelError);
    expect([...(await scaled(x, { factor: 3 }).read())]).toEqual([6, 6, 6, 6]);
  });
});

describe("a buffer in the caller's hands", () => {
  const values = [1, 2, 3, 4];
  const STORAGE_COPY = 0x80 | 0x4 | 0x8;
  const bufferOf = (data: readonly number[]) => {
    const buffer = device.createBuffer({ size: 4 * data.length, usage: STORAGE_COPY, mappedAtCreation: true });
    new Float32Array(buffer.getMappedRange()).set(data);
    buffer.unmap();
    return buffer;
  };

  test("is read by a replay at its run, in a separate submission", async () => {
    const buffer = bufferOf(values);
    const outside = backend.fromGPUBuffer(buffer, [4]);
    const step = backend.record(
      ({ x }) => {
        const doubled = add(x, x);
        return { y: add(doubled, outside), z: add(doubled, doubled) };
      },
      { x: backend.zeros([4]) },
    );
    await backend.settled();
    const submit = vi.spyOn(device.queue, "submit");
    expect([...(await step.run({ x: [1, 1, 1, 1] }).y.read())]).toEqual([3, 4, 5, 6]);
    // One submission for the work before it, one for it alone, one for the work after it, and one for the read.
    expect(submit).toHaveBeenCalledTimes(4);
    device.queue.writeBuffer(buffer, 0, Float32Array.of(10, 20, 30, 40));
    expect([...(await step.run({ x: [1, 1, 1, 1] }).y.read())]).toEqual([12, 22, 32, 42]);
    step.dispose();
  });

  test("fails only the outputs that need it if it is destroyed", async () => {
    const buffer = bufferOf(values);
    const outside = backend.fromGPUBuffer(buffer, [4]);
    const step = backend.record(({ x }) => ({ y: add(x, outside), z: add(x, x) }), { x: backend.zeros([4]) });
    buffer.destroy();
    const { y } = step.run({ x: [1, 1, 1, 1] });
    await expect(y.read()).rejects.toThrow(KernelError);
    await backend.settled();
    step.dispose();
    outside.dispose();
  });

  test("is taken as an input or assigned, in a separate submission", async () => {
    const x = backend.fromGPUBuffer(bufferOf(values), [4]);
    const captured = backend.fromGPUBuffer(bufferOf([9, 9, 9, 9]), [4]);
    const variable = backend.variable([0, 0, 0, 0]);
    const step = backend.record(
      ({ x }) => {
        variable.assign(captured);
        return { y: add(x, x) };
      },
      { x },
    );
    step.run({ x });
    await backend.settled();
    const submit = vi.spyOn(device.queue, "submit");
    const { y } = step.run({ x });
    expect(submit).toHaveBeenCalledTimes(3);
    expect([...(await y.read())]).toEqual([2, 4, 6, 8]);
    expect([...(await variable.read())]).toEqual([9, 9, 9, 9]);
    step.dispose();
  });

  test("is copied to the place of a variable at once", async () => {
    const buffer = bufferOf(values);
    const variable = backend.variable(backend.fromGPUBuffer(buffer, [4]));
    const step = backend.record(() => ({ y: add(variable.value, variable.value) }), {});
    expect([...(await step.run({}).y.read())]).toEqual([2, 4, 6, 8]);
    step.dispose();
    variable.dispose();
  });

  test("keeps its values when its variable changes", async () => {
    const variable = backend.variable([1, 2, 3, 4]);
    const step = backend.record(() => {
      variable.assign(add(variable.value, variable.value));
      return {};
    }, {});
    step.run({});
    const taken = variable.value;
    const { gpuBuffer } = taken;
    step.run({});
    expect([...(await backend.fromGPUBuffer(gpuBuffer, [4]).read())]).toEqual([2, 4, 6, 8]);
    expect([...(await reshape(taken, [2, 2]).read())]).toEqual([2, 4, 6, 8]);
    expect([...(await variable.read())]).toEqual([4, 8, 12, 16]);
    step.dispose();
    variable.dispose();
  });
});
