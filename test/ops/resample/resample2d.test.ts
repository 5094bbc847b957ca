import fc from "fast-check";
import { expect, test } from "vitest";
import { resample2d } from "webgpu-cnn";
import { resample2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("resample2d", (backend) => {
  const resampled = (x: oracle.Operand, options: oracle.Resample2dOptions) =>
    evaluate(backend(), () => resample2d(upload(backend(), x), options));

  test("shows the nearest pixel exactly, over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(resample2dCase(), async ({ xShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        expectWithinBound(await resampled(x, options), oracle.resample2d(x, options), "resample2d y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each([
    ["repeats pixels", [1, 2, 3], { scales: [1, 2] }, [1, 1, 2, 2, 3, 3]],
    ["repeats them three times", [1, 2], { scales: [1, 3] }, [1, 1, 1, 2, 2, 2]],
    ["halves, taking the first of each two", [1, 2, 3, 4], { scales: [1, 0.5] }, [1, 3]],
    ["takes a third, the middle of each three", [1, 2, 3, 4, 5, 6], { sizes: [1, 2] }, [2, 5]],
    ["makes 3 of 4", [1, 2, 3, 4], { sizes: [1, 3] }, [1, 2, 4]],
    ["makes 8 of 3", [1, 2, 3], { sizes: [1, 8] }, [1, 1, 1, 2, 2, 3, 3, 3]],
    ["rounds extents down", [1, 2, 3], { scales: [1.9, 0.7] }, [1, 3]],
  ] as const)("%s", async (_, row, options, expected) => {
    const along = { data: Float32Array.from(row), shape: [1, 1, row.length, 1] };
    expect([...(await resampled(along, { ...options, mode: "nearest" }))]).toEqual(expected);
  });

  test("enlarges long rows, whose numerators would not fit without lowest terms", async () => {
    const x = randomOperand([1, 1, 60_000, 1], 1);
    const y = await resampled(x, { sizes: [1, 120_000], mode: "nearest" });
    expect(y.every((value, i) => value === x.data[i >> 1])).toBe(true);
  });

  test("moves NaN, infinities and −0 as they are", async () => {
    const x = { data: Float32Array.of(Number.NaN, -0, Number.NEGATIVE_INFINITY), shape: [1, 1, 3, 1] };
    expect([...(await resampled(x, { sizes: [1, 3], mode: "nearest" }))]).toEqual([...x.data]);
  });
});
