import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Backend,
  conv2d,
  conv2dBackwardInput,
  createBackend,
  globalMaxPool2d,
  matmul,
  type Tensor,
} from "webgpu-cnn";
import { evaluate, upload } from "../../support/backends.js";
import { claimingToBeAGPU, requestDevice, withSmallerLimits } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand } from "../../support/random.js";

const BINDING_BYTES = 32 * 1024;
/** FEW images make at least two chunks, and MANY make several. The last chunk of MANY is shorter. */
const FEW = 40;
const MANY = 100;

interface Case {
  readonly operands: (n: number) => readonly [oracle.Operand, oracle.Operand];
  readonly call: (a: Tensor, b: Tensor, n: number) => Tensor;
  /** Left out if another case already runs the same kernels, which take long to compile. */
  readonly expected?: (a: oracle.Operand, b: oracle.Operand, n: number) => oracle.Expected;
  /** The kernel that prepares the filter, if there is one. */
  readonly prepares?: string;
}

const imagesOf =
  (...image: readonly number[]) =>
  (n: number) =>
    randomOperand([n, ...image], 2);
const unused = randomOperand([1], 3);

/** Reductions are not among them: one workspace holds the sums of all slices, at most 1/32 of the tensor. */
const CASES: Readonly<Record<string, Case>> = {
  "conv2dBackwardInput by tiledGemm, which transposes w": {
    operands: (n) => [imagesOf(4, 4, 16)(n), randomOperand([2, 2, 16, 16], 1)],
    call: (dy, w, n) => conv2dBackwardInput(dy, w, [n, 5, 5, 16]),
    expected: (dy, w, n) => oracle.conv2dBackwardInput(dy, w, [n, 5, 5, 16], {}),
    prepares: "shaders/arrange/transpose.wgsl",
  },
  "conv2d in slices": {
    operands: (n) => [imagesOf(4, 4, 16)(n), randomOperand([4, 4, 16, 32], 1)],
    call: (x, w) => conv2d(x, w),
    expected: (x, w) => oracle.conv2d(x, w, {}),
  },
  "matmul with b transposed": {
    operands: (n) => [randomOperand([16 * n, 16], 1), randomOperand([32, 16], 2)],
    call: (a, b) => matmul(a, b, { transposeB: true }),
    prepares: "shaders/arrange/transpose.wgsl",
  },
  globalMaxPool2d: {
    operands: (n) => [{ data: randomIntegers(n * 800, 1), shape: [n, 10, 10, 8] }, unused],
    call: (x) => globalMaxPool2d(x),
    expected: (x) => oracle.globalMaxPool2d(x),
  },
};

describe.each(Object.entries(CASES))("a batch that is cut: %s", (_, { operands, call, expected, prepares }) => {
  let device: GPUDevice;
  let backend: Backend;
  beforeAll(async () => {
    device = await requestDevice();
    const limits = { maxStorageBufferBindingSize: BINDING_BYTES };
    backend = await createBackend({ device: claimingToBeAGPU(withSmallerLimits(device, limits)) });
  });
  afterAll(async () => {
    await backend.settled();
    backend.destroy();
    device.destroy();
  });

  const uploaded = (n: number) => {
    const [a, b] = operands(n);
    return { a: upload(backend, a), b: upload(backend, b) };
  };
  const planOf = (n: number) => {
    const explained = backend.explain(() => {
      const { a, b } = uploaded(n);
      call(a, b, n);
    }).operators;
    const kernels = explained.flatMap(({ dispatches }) => dispatches.map(({ kernel }) => kernel));
    const workspaceBytes = explained.reduce((bytes, operator) => bytes + operator.workspaceBytes, 0);
    return { kernels, workspaceBytes };
  };

  test("needs no more workspace for more chunks and prepares the filter once", () => {
    const [few, many] = [planOf(FEW), planOf(MANY)];
    expect(few.workspaceBytes).toBeGreaterThan(0);
    expect(many.workspaceBytes).toBe(few.workspaceBytes);
    expect(many.kernels.length).toBeGreaterThan(few.kernels.length);
    if (prepares !== undefined) expect(many.kernels.filter((kernel) => kernel === prepares)).toHaveLength(1);
  });

  if (!expected) return;
  test("gives the same values called and recorded, and gives the workspace back", async () => {
    const tensors = uploaded(MANY);
    const { liveBytes } = backend.memory();
    const { workspaceBytes } = planOf(MANY);
    const y = await evaluate(backend, () => call(tensors.a, tensors.b, MANY));
    expectWithinBound(y, expected(...operands(MANY), MANY), "y");
    const { liveBytes: after, peakBytes } = backend.memory();
    expect(after).toBe(liveBytes);
    expect(peakBytes).toBeGreaterThanOrEqual(liveBytes + workspaceBytes);
    const step = backend.record(({ a, b }) => ({ y: call(a, b, MANY) }), tensors);
    expect(await step.run(tensors).y.read()).toEqual(y);
    step.dispose();
    for (const tensor of Object.values(tensors)) tensor.dispose();
  });
});
