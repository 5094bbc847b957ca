import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  createBackend,
  maxPool2d,
  maxPool2dBackward,
  OptionError,
  pad2d,
  ShapeError,
  type Tensor,
} from "webgpu-cnn";
import { windowGeometry } from "../../src/core/geometry.js";
import { planPass } from "../../src/ops/conv/plan.js";

const HUGE = [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40] as const;

/**
 * Integers that the options allow but that do not fit in 32 bits. Kernels count in u32 and i32, the reference in doubles. A call that is not
 * refused must give the same values on both.
 */
describe("numbers beyond 32 bits are refused or right, never wrong", () => {
  let cpu: Backend;
  let gpu: Backend;
  beforeAll(async () => {
    [cpu, gpu] = await Promise.all([createBackend({ kind: "cpu" }), createBackend({ kind: "webgpu" })]);
  });
  afterAll(() => {
    cpu.destroy();
    gpu.destroy();
  });

  const image = (backend: Backend) => backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  const one = (backend: Backend) => backend.full([1, 1, 1, 1], 2);

  async function outcome(backend: Backend, call: (backend: Backend) => Tensor): Promise<readonly number[] | string> {
    try {
      return [...(await call(backend).read())];
    } catch (error) {
      if (error instanceof OptionError || error instanceof ShapeError) return error.message;
      throw error;
    }
  }

  test.each<readonly [name: string, call: (backend: Backend, huge: number) => Tensor]>([
    ["strides of conv2d", (b, strides) => conv2d(image(b), one(b), { strides })],
    ["dilations of conv2d", (b, dilations) => conv2d(image(b), one(b), { dilations })],
    [
      "strides and padding of conv2d",
      (b, huge) => conv2d(image(b), one(b), { strides: huge, padding: [huge, 0, 0, 0] }),
    ],
    ["strides of maxPool2d", (b, strides) => maxPool2d(image(b), { windowDimensions: 2, strides })],
    ["dilations of maxPool2d", (b, dilations) => maxPool2d(image(b), { windowDimensions: 1, dilations })],
    ["dilations of averagePool2d", (b, dilations) => averagePool2d(image(b), { windowDimensions: 1, dilations })],
    [
      "dilations of maxPool2dBackward",
      (b, dilations) => maxPool2dBackward(image(b), image(b), { windowDimensions: 1, strides: 1, dilations }),
    ],
    [
      "strides of conv2dBackwardFilter",
      (b, strides) => conv2dBackwardFilter(image(b), one(b), [1, 1, 1, 1], { strides }),
    ],
  ])("%s", async (_name, call) => {
    for (const huge of HUGE) {
      const [expected, actual] = await Promise.all([
        outcome(cpu, (b) => call(b, huge)),
        outcome(gpu, (b) => call(b, huge)),
      ]);
      expect(actual, String(huge)).toEqual(expected);
    }
  });

  /** A stride larger than the input leaves one output. The cost of a gradient must depend on the input's size, not on the stride. */
  test.each([4096, ...HUGE])("gradients of the input are right and fast with strides of %d", async (strides) => {
    const calls = [
      (b: Backend) => conv2dBackwardInput(one(b), one(b), [1, 3, 3, 1], { strides }),
      (b: Backend) => maxPool2dBackward(image(b), one(b), { windowDimensions: 1, strides }),
      (b: Backend) => averagePool2dBackward([1, 3, 3, 1], one(b), { windowDimensions: 1, strides }),
    ];
    for (const call of calls) {
      const expected = await outcome(cpu, call);
      // This comes first: a loop whose step has wrapped to 0 would keep the device busy for ever.
      if (typeof expected !== "string") expectFewSteps(strides);
      expect(await outcome(gpu, call)).toEqual(expected);
    }
  });

  function expectFewSteps(stride: number): void {
    const request = { window: [1, 1], dilations: [1, 1], padding: [0, 0, 0, 0], rounding: "floor" } as const;
    const sliding = windowGeometry("test", { n: 1, h: 3, w: 3, c: 1 }, { ...request, strides: [stride, stride] });
    const geometry = { ...sliding, k: 1, groups: 1, cPerGroup: 1, kPerGroup: 1 };
    expect(Math.max(...Object.values(geometry)), "what u32 holds").toBeLessThan(2 ** 32);
    const traits = { software: true, quads: true, maxBindingBytes: 2 ** 20, tuning: {} };
    const { plan } = planPass("conv2dBackwardInput", geometry, traits);
    expect(plan.kernel.invocations).toBeLessThanOrEqual(9);
  }

  test("padding with an output that fits in no memory throws an OutOfMemoryError at once", () => {
    for (const backend of [cpu, gpu]) {
      const x = image(backend);
      for (const padding of HUGE) expect(() => pad2d(x, { padding })).toThrow(/^pad2d: /);
      expect(() => pad2d(x, { padding: [2 ** 53 - 1, 0, 0, 0] })).toThrow(/^pad2d: /);
    }
  });
});
