import fc from "fast-check";
import { expect, test } from "vitest";
import { averagePool2d } from "webgpu-cnn";
import { pool2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("averagePool2d", (backend) => {
  const pool = (x: oracle.Operand, options: oracle.AveragePool2dOptions) =>
    evaluate(backend(), () => averagePool2d(upload(backend(), x), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(pool2dCase(), async ({ xShape, options, countIncludePad, seed }) => {
        const x = randomOperand(xShape, seed);
        const y = await pool(x, { ...options, countIncludePad });
        expectWithinBound(y, oracle.averagePool2d(x, { ...options, countIncludePad }), "averagePool2d y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test("counts padding only with countIncludePad, and never the overhang of ceil", async () => {
    const x = { data: new Float32Array(25).fill(1), shape: [1, 5, 5, 1] };
    // Windows start at −1, 2 and 5 and cover 3 each. The last starts past the input and its beginning padding and is dropped.
    const options = { windowDimensions: 3, strides: 3, padding: [1, 0, 1, 0], outputShapeRounding: "ceil" } as const;
    expect([...(await pool(x, options))]).toEqual([1, 1, 1, 1]);
    const counted = await pool(x, { ...options, countIncludePad: true });
    const expected = [4 / 9, 6 / 9, 6 / 9, 1];
    for (const [i, mean] of expected.entries()) expect(counted[i]).toBeCloseTo(mean, 6);
  });

  test("a NaN or infinity reaches only the windows that hold it", async () => {
    const x = randomOperand([1, 6, 6, 4], 1);
    x.data[0] = Number.NaN;
    x.data[x.data.length - 1] = Number.POSITIVE_INFINITY;
    const options = { windowDimensions: 3, strides: 1, padding: 1 };
    expectWithinBound(await pool(x, options), oracle.averagePool2d(x, options), "averagePool2d y");
  });
});
