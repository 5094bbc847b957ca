import fc from "fast-check";
import { expect, test } from "vitest";
import { resample2dBackward } from "webgpu-cnn";
import { resample2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("resample2dBackward", (backend) => {
  const gradient = (inputShape: readonly number[], dy: oracle.Operand, options: oracle.Resample2dOptions) =>
    evaluate(backend(), () => resample2dBackward(inputShape, upload(backend(), dy), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(resample2dCase(), async ({ xShape, options, seed }) => {
        const dy = randomOperand(oracle.resample2dOutputShape(xShape, options), seed);
        const dx = await gradient(xShape, dy, options);
        expectWithinBound(dx, oracle.resample2dBackward(xShape, dy, options), "resample2dBackward dx");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each([
    [8, 5],
    [3, 9],
    [2, 2],
  ])("agrees with finite differences of the forward, to %i×%i", async (...sizes) => {
    const xShape = [1, 4, 3, 2];
    const options = { sizes, mode: "nearest" } as const;
    const dy = randomOperand(oracle.resample2dOutputShape(xShape, options), 2);
    const dx = await gradient(xShape, dy, options);
    const forward = (data: Float64Array) => oracle.resample2d({ data, shape: xShape }, options).values;
    const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("keeps NaN and infinities to the pixels that they show, and gives the same bits on every run", async () => {
    const dy = randomOperand([2, 20, 14, 8], 6);
    dy.data[0] = Number.NaN;
    dy.data[dy.data.length - 1] = Number.POSITIVE_INFINITY;
    const options = { scales: [2, 2], mode: "nearest" } as const;
    const first = await gradient([2, 10, 7, 8], dy, options);
    expectWithinBound(first, oracle.resample2dBackward([2, 10, 7, 8], dy, options), "resample2dBackward dx");
    for (let i = 0; i < 3; i++) expect(await gradient([2, 10, 7, 8], dy, options)).toEqual(first);
  });
});
