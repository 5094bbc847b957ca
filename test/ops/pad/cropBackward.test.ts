import fc from "fast-check";
import { expect, test } from "vitest";
import { cropBackward } from "webgpu-cnn";
import { cropCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("cropBackward", (backend) => {
  const gradient = (inputShape: readonly number[], dy: oracle.Operand, options: oracle.CropOptions) =>
    evaluate(backend(), () => cropBackward(inputShape, upload(backend(), dy), options));

  test("moves every value exactly over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(cropCase(), async ({ xShape, options, seed }) => {
        const dy = randomOperand(oracle.cropOutputShape(xShape, options), seed);
        const dx = await gradient(xShape, dy, options);
        expectWithinBound(dx, oracle.cropBackward(xShape, dy, options), "cropBackward dx");
      }),
      { numRuns: sampled(60) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const [xShape, options] = [[2, 4, 5, 3], { cropping: [1, 1, 0, 2] }] as const;
    const dy = randomOperand(oracle.cropOutputShape(xShape, options), 2);
    const dx = await gradient(xShape, dy, options);
    const forward = (data: Float64Array) => oracle.crop({ data, shape: xShape }, options).values;
    const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });
});
