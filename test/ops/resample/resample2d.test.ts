import fc from "fast-check";
import { expect, test } from "vitest";
import { resample2d } from "webgpu-cnn";
import { resample2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("resample2d", (backend) => {
  const resampled = (x: oracle.Operand, options: oracle.Resample2dOptions) =>
    evaluate(backend(), () => resample2d(upload(backend(), x), options));
  const inARow = (row: readonly number[]) => ({ data: Float32Array.from(row), shape: [1, 1, row.length, 1] });

  test("keeps the numerical promise over random geometry, and the nearest pixel is exact", async () => {
    await fc.assert(
      fc.asyncProperty(resample2dCase(), async ({ xShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        expectWithinBound(await resampled(x, options), oracle.resample2d(x, options), "resample2d y");
      }),
      { numRuns: sampled(150) },
    );
  });

  test.each(
    sampledCases([
      ["repeats pixels", [1, 2, 3], { scales: [1, 2] }, [1, 1, 2, 2, 3, 3]],
      ["repeats them three times", [1, 2], { scales: [1, 3] }, [1, 1, 1, 2, 2, 2]],
      ["halves and takes the first of each two", [1, 2, 3, 4], { scales: [1, 0.5] }, [1, 3]],
      ["takes a third and the middle of each three", [1, 2, 3, 4, 5, 6], { sizes: [1, 2] }, [2, 5]],
      ["makes 3 of 4", [1, 2, 3, 4], { sizes: [1, 3] }, [1, 2, 4]],
      ["makes 8 of 3", [1, 2, 3], { sizes: [1, 8] }, [1, 1, 1, 2, 2, 3, 3, 3]],
      ["rounds extents down", [1, 2, 3], { scales: [1.9, 0.7] }, [1, 3]],
      ["makes 3 of 4 like PyTorch", [1, 2, 3, 4], { sizes: [1, 3], coordinates: "asymmetric" }, [1, 2, 3]],
      ["makes 8 of 3 like PyTorch", [1, 2, 3], { sizes: [1, 8], coordinates: "asymmetric" }, [1, 1, 1, 2, 2, 2, 3, 3]],
      ["keeps the corners", [1, 2, 3, 4], { sizes: [1, 3], coordinates: "alignCorners" }, [1, 2, 4]],
      ["keeps the first of one", [1, 2, 3, 4], { sizes: [1, 1], coordinates: "alignCorners" }, [1]],
      ["repeats a single pixel", [5], { sizes: [1, 4], coordinates: "alignCorners" }, [5, 5, 5, 5]],
    ] as const),
  )("nearest: %s", async (_, row, options, expected) => {
    expect([...(await resampled(inARow(row), { ...options, mode: "nearest-neighbor" }))]).toEqual(expected);
    expect([...(await resampled(inARow(row), { ...options, mode: "nearest" }))]).toEqual(expected);
  });

  // Values of ONNX's backend tests of Resize, and of PyTorch's interpolate with a size.
  test.each(
    sampledCases([
      ["doubles", [1, 2], { sizes: [1, 4] }, [1, 1.25, 1.75, 2]],
      ["doubles, corners aligned", [1, 2], { sizes: [1, 4], coordinates: "alignCorners" }, [1, 4 / 3, 5 / 3, 2]],
      ["doubles, asymmetric", [1, 2], { sizes: [1, 4], coordinates: "asymmetric" }, [1, 1.5, 2, 2]],
      ["halves", [1, 2, 3, 4], { sizes: [1, 2] }, [1.5, 3.5]],
      ["halves, corners aligned", [1, 2, 3, 4], { sizes: [1, 2], coordinates: "alignCorners" }, [1, 4]],
      ["halves, asymmetric", [1, 2, 3, 4], { sizes: [1, 2], coordinates: "asymmetric" }, [1, 3]],
      ["makes 3 of 4", [1, 2, 3, 4], { sizes: [1, 3] }, [7 / 6, 2.5, 23 / 6]],
      ["takes the middle", [1, 2, 3, 4, 6], { sizes: [1, 1] }, [3]],
      ["takes the first, corners aligned", [1, 2, 3, 4], { sizes: [1, 1], coordinates: "alignCorners" }, [1]],
      ["repeats a single pixel", [5], { sizes: [1, 3] }, [5, 5, 5]],
      ["repeats a single pixel, corners aligned", [5], { sizes: [1, 3], coordinates: "alignCorners" }, [5, 5, 5]],
    ] as const),
  )("linear: %s", async (_, row, options, expected) => {
    const y = await resampled(inARow(row), { ...options, mode: "linear" });
    expect([...y].map((value) => value.toFixed(5))).toEqual(expected.map((value) => value.toFixed(5)));
  });

  test("linear: mixes rows and columns (ONNX's resize_upsample_scales_linear)", async () => {
    const x = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] };
    const expected = [1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4];
    expect([...(await resampled(x, { scales: 2, mode: "linear" }))]).toEqual(expected);
  });

  test.each(sampledCases(["halfPixel", "alignCorners", "asymmetric"] as const))(
    "is the identity bit for bit if the size stays, %s",
    async (coordinates) => {
      const x = randomOperand([2, 7, 49, 3], 1);
      x.data.set([-0, Number.NaN, Number.POSITIVE_INFINITY, 1e-40, 3e38], 40);
      for (const mode of ["nearest-neighbor", "linear"] as const) {
        expect(await resampled(x, { sizes: [7, 49], mode, coordinates })).toEqual(x.data);
        expect(await resampled(x, { scales: 1, mode, coordinates })).toEqual(x.data);
      }
    },
  );

  // A factor that is rounded to float32 would pick other pixels.
  test("picks the right pixels of long axes with a ratio that float32 cannot hold", async () => {
    for (const [extent, size] of [
      [41, 246],
      [1000, 3000],
      [1013, 997],
      [997, 10_007],
      [4096, 10],
    ] as const) {
      const x = inARow(Array.from({ length: extent }, (_, i) => i));
      const y = await resampled(x, { sizes: [1, size], mode: "nearest", coordinates: "asymmetric" });
      expect([...y]).toEqual(
        Array.from({ length: size }, (_, q) => Number((BigInt(q) * BigInt(extent)) / BigInt(size))),
      );
    }
  });

  test("enlarges long rows, with numerators that fit only in lowest terms", async () => {
    const x = randomOperand([1, 1, 60_000, 1], 1);
    const y = await resampled(x, { sizes: [1, 120_000], mode: "nearest" });
    expect(y.every((value, i) => value === x.data[i >> 1])).toBe(true);
    const mixed = await resampled(x, { sizes: [1, 120_000], mode: "linear" });
    expect(mixed[119_999]).toBe(x.data[59_999]);
    expect(mixed[2]).toBeCloseTo(0.25 * (x.data[0] ?? 0) + 0.75 * (x.data[1] ?? 0), 6);
  });

  test("copies NaN, infinities and −0, and they reach only the outputs that show them", async () => {
    const x = inARow([Number.NaN, -0, Number.NEGATIVE_INFINITY]);
    expect([...(await resampled(x, { sizes: [1, 3], mode: "nearest" }))]).toEqual([...x.data]);
    const row = inARow([1, Number.POSITIVE_INFINITY, 3, Number.NaN, 5]);
    const corners = await resampled(row, { sizes: [1, 9], mode: "linear", coordinates: "alignCorners" });
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    expect([...corners]).toEqual([1, inf, inf, inf, 3, nan, nan, nan, 5]);
  });
});
