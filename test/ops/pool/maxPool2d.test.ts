import fc from "fast-check";
import { expect, test } from "vitest";
import { maxPool2d } from "webgpu-cnn";
import { pool2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("maxPool2d", (backend) => {
  const pool = (x: oracle.Operand, options: oracle.Pool2dOptions) =>
    evaluate(backend(), () => maxPool2d(upload(backend(), x), options));

  test("gives the exact maxima over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(pool2dCase(), async ({ xShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        expectWithinBound(await pool(x, options), oracle.maxPool2d(x, options), "maxPool2d y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test("padding is never the maximum, not even beside −Infinity or the smallest float", async () => {
    const x = { data: Float32Array.of(-Infinity, -3.4e38, -3e25, -1e-30), shape: [1, 2, 2, 1] };
    expect([...(await pool(x, { windowDimensions: 2, padding: 1, strides: 2 }))]).toEqual([...x.data]);
  });

  test("a NaN anywhere in a window gives NaN", async () => {
    const x = randomOperand([1, 4, 4, 4], 1);
    x.data[0] = Number.NaN;
    x.data[x.data.length - 1] = Number.NaN;
    x.data[6 * 4 + 1] = Number.POSITIVE_INFINITY;
    const options = { windowDimensions: 2, strides: 1 };
    expectWithinBound(await pool(x, options), oracle.maxPool2d(x, options), "maxPool2d y");
  });

  test("computes a batch of 70,000", async () => {
    const x = randomOperand([70_000, 2, 2, 1], 3);
    const options = { windowDimensions: 2 };
    expectWithinBound(await pool(x, options), oracle.maxPool2d(x, options), "maxPool2d y");
  });
});
