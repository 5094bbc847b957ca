import fc from "fast-check";
import { expect, test } from "vitest";
import { leakyReluBackward } from "webgpu-cnn";
import { anyShape } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand, randomOrder } from "../../support/random.js";

const slopes = fc.constantFrom(0, 0.01, 0.3, 1, 2.5, -0.5);

describeOnEachBackend("leakyReluBackward", (backend) => {
  const gradient = (x: oracle.Operand, dy: oracle.Operand, alpha: number) =>
    evaluate(backend(), () => leakyReluBackward(upload(backend(), x), upload(backend(), dy), { alpha }));

  test("keeps the numerical promise over random shapes and slopes, with many zeros", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), slopes, fc.nat(), async (shape, alpha, seed) => {
        const x = { data: randomIntegers(oracle.sizeOf(shape), seed), shape };
        const dy = randomOperand(shape, seed + 1);
        const expected = oracle.leakyReluBackward(x, dy, alpha);
        expectWithinBound(await gradient(x, dy, alpha), expected, "leakyReluBackward dx");
      }),
      { numRuns: 60 },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const x = { data: randomOrder(30, 1).map((value) => value - 14.5), shape: [30] };
    const dy = randomOperand(x.shape, 2);
    const dx = await gradient(x, dy, 0.25);
    const forward = (data: Float64Array) => oracle.leakyRelu({ data, shape: x.shape }, 0.25).values;
    for (const [i, slope] of oracle.finiteDifference(forward, x.data, dy.data).entries()) {
      expect(dx[i]).toBeCloseTo(slope, 5);
    }
  });

  test("lets the gradient pass where x is NaN", async () => {
    const { NaN: nan, NEGATIVE_INFINITY: infinity } = Number;
    const x = { data: Float32Array.of(nan, nan, infinity, 0, 1), shape: [5] };
    const dy = { data: Float32Array.of(3, nan, 4, 8, infinity), shape: [5] };
    expect([...(await gradient(x, dy, 0.5))]).toEqual([3, nan, 2, 4, infinity]);
  });
});
