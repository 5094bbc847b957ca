import fc from "fast-check";
import { expect, test } from "vitest";
import { reduceSumBackward } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { reductionCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("reduceSumBackward", (backend) => {
  const gradient = (shape: readonly number[], dy: oracle.Operand, options: oracle.ReduceOptions = {}) =>
    evaluate(backend(), () => reduceSumBackward(shape, upload(backend(), dy), options));

  test("keeps the numerical promise over random shapes and axes", async () => {
    await fc.assert(
      fc.asyncProperty(reductionCase(), fc.nat(), async ({ shape, options }, seed) => {
        const dy = randomOperand(oracle.reducedShape(shape, options), seed);
        const expected = oracle.reduceSumBackward(shape, dy, options);
        expectWithinBound(await gradient(shape, dy, options), expected, "reduceSumBackward dx");
      }),
      { numRuns: sampled(150) },
    );
  });

  test.each([
    ["all", [9001], {}],
    ["long rows", [3, 9001], { axes: [1] }],
    ["many columns", [3, 9001], { axes: [0] }],
    ["eight axes in turn", [2, 3, 2, 3, 2, 3, 2, 3], { axes: [0, 2, 4, 6] }],
    ["the other eight", [2, 3, 2, 3, 2, 3, 2, 3], { axes: [1, 3, 5, 7] }],
  ] as const)("keeps the numerical promise: %s", async (_, shape, options) => {
    const dy = randomOperand(oracle.reducedShape(shape, options), 1);
    expectWithinBound(
      await gradient(shape, dy, options),
      oracle.reduceSumBackward(shape, dy, options),
      "reduceSumBackward dx",
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const shape = [3, 4, 2];
    for (const options of [{}, { axes: [1] }, { axes: [0, 2], keepDimensions: true }]) {
      const dy = randomOperand(oracle.reducedShape(shape, options), 2);
      const dx = await gradient(shape, dy, options);
      const forward = (data: Float64Array) => oracle.reduceSum({ data, shape }, options).values;
      for (const [i, slope] of oracle.finiteDifference(forward, randomOperand(shape, 3).data, dy.data).entries()) {
        expect(dx[i]).toBeCloseTo(slope, 5);
      }
    }
  });

  test("a NaN or infinity reaches only the elements of its own sum", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const dx = await gradient([3, 2], { data: Float32Array.of(nan, infinity, 2), shape: [3] }, { axes: [1] });
    expect([...dx]).toEqual([nan, nan, infinity, infinity, 2, 2]);
  });
});
