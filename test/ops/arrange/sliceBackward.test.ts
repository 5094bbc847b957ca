import fc from "fast-check";
import { expect, test } from "vitest";
import { sliceBackward } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { sliceCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("sliceBackward", (backend) => {
  const gradient = (inputShape: readonly number[], dy: oracle.Operand, starts: readonly number[]) =>
    evaluate(backend(), () => sliceBackward(inputShape, upload(backend(), dy), starts));

  test("puts every value back exactly and zeros elsewhere over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(sliceCase(), async ({ shape, starts, sizes, seed }) => {
        const dy = randomOperand(sizes, seed);
        const dx = await gradient(shape, dy, starts);
        expectWithinBound(dx, oracle.sliceBackward(shape, dy, starts), "sliceBackward dx");
      }),
      { numRuns: sampled(150) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const [shape, starts, sizes] = [
      [3, 4, 5],
      [1, 0, 2],
      [2, 4, 2],
    ];
    const dy = randomOperand(sizes, 2);
    const dx = await gradient(shape, dy, starts);
    const forward = (data: Float64Array) => oracle.slice({ data, shape }, starts, sizes).values;
    const slopes = oracle.finiteDifference(forward, randomOperand(shape, 3).data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("a NaN or infinity reaches only its own element", async () => {
    const dy = { data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY), shape: [1, 2] };
    expect([...(await gradient([2, 4], dy, [1, 1]))]).toEqual([
      ...[0, 0, 0, 0],
      ...[0, Number.NaN, Number.POSITIVE_INFINITY, 0],
    ]);
  });
});
