import fc from "fast-check";
import { expect, test } from "vitest";
import { averagePool2dBackward } from "webgpu-cnn";
import { pool2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("averagePool2dBackward", (backend) => {
  const gradient = (inputShape: readonly number[], dy: oracle.Operand, options: oracle.AveragePool2dOptions) =>
    evaluate(backend(), () => averagePool2dBackward(inputShape, upload(backend(), dy), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(pool2dCase(), async ({ xShape, options, countIncludePad, seed }) => {
        const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), seed);
        const dx = await gradient(xShape, dy, { ...options, countIncludePad });
        const expected = oracle.averagePool2dBackward(xShape, dy, { ...options, countIncludePad });
        expectWithinBound(dx, expected, "averagePool2dBackward dx");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each([false, true])(
    "agrees with finite differences of the forward, countIncludePad %s",
    async (countIncludePad) => {
      const xShape = [2, 5, 6, 3];
      const options = {
        windowDimensions: [3, 2],
        strides: [2, 3],
        dilations: [2, 1],
        padding: [2, 1, 0, 1],
        outputShapeRounding: "ceil",
        countIncludePad,
      } as const;
      const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), 2);
      const dx = await gradient(xShape, dy, options);
      const forward = (data: Float64Array) => oracle.averagePool2d({ data, shape: xShape }, options).values;
      const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
      for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
    },
  );

  test("gives the same bits on every run", async () => {
    const options = { windowDimensions: 3, strides: 1, padding: "same" } as const;
    const dy = randomOperand([4, 21, 17, 12], 6);
    const first = await gradient([4, 21, 17, 12], dy, options);
    for (let i = 0; i < 3; i++) expect(await gradient([4, 21, 17, 12], dy, options)).toEqual(first);
  });
});
