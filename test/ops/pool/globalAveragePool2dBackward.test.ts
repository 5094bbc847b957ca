import fc from "fast-check";
import { expect, test } from "vitest";
import { globalAveragePool2dBackward } from "webgpu-cnn";
import { imageCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("globalAveragePool2dBackward", (backend) => {
  const gradient = (inputShape: readonly number[], dy: oracle.Operand, options: oracle.GlobalPool2dOptions = {}) =>
    evaluate(backend(), () => globalAveragePool2dBackward(inputShape, upload(backend(), dy), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(imageCase(), async ({ xShape, layout, seed }) => {
        const dy = randomOperand(oracle.globalPool2dOutputShape(xShape, { layout }), seed);
        const dx = await gradient(xShape, dy, { layout });
        const expected = oracle.globalAveragePool2dBackward(xShape, dy, { layout });
        expectWithinBound(dx, expected, "globalAveragePool2dBackward dx");
      }),
      { numRuns: sampled(100) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const xShape = [2, 3, 5, 3];
    const dy = randomOperand([2, 1, 1, 3], 2);
    const dx = await gradient(xShape, dy);
    const forward = (data: Float64Array) => oracle.globalAveragePool2d({ data, shape: xShape }).values;
    const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("a NaN or infinity reaches only its own channel, and every run gives the same bits", async () => {
    const dy = randomOperand([2, 1, 1, 8], 6);
    dy.data[3] = Number.NaN;
    dy.data[12] = Number.POSITIVE_INFINITY;
    const first = await gradient([2, 9, 11, 8], dy);
    expectWithinBound(first, oracle.globalAveragePool2dBackward([2, 9, 11, 8], dy), "globalAveragePool2dBackward dx");
    for (let i = 0; i < 3; i++) expect(await gradient([2, 9, 11, 8], dy)).toEqual(first);
  });
});
