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
      { numRuns: sampled(150) },
    );
  });

  const MODES = ["nearest-neighbor", "linear"] as const;
  const COORDINATES = ["halfPixel", "alignCorners", "asymmetric"] as const;
  test.each(MODES.flatMap((mode) => COORDINATES.map((coordinates) => ({ mode, coordinates }))))(
    "agrees with finite differences of the forward, %o",
    async (way) => {
      for (const sizes of [
        [8, 5],
        [3, 9],
        [2, 1],
        [4, 40],
      ] as const) {
        const xShape = [1, 4, 3, 2];
        const options = { sizes, ...way };
        const dy = randomOperand(oracle.resample2dOutputShape(xShape, options), 2);
        const dx = await gradient(xShape, dy, options);
        const forward = (data: Float64Array) => oracle.resample2d({ data, shape: xShape }, options).values;
        const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
        for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
      }
    },
  );

  test.each(MODES)("adds long sums of one sign with a relative error below (8 + log2 K) · 2⁻²⁴, %s", async (mode) => {
    for (const [xShape, sizes] of [
      [
        [1, 1, 1, 4],
        [300, 200],
      ],
      [
        [1, 2, 3, 1],
        [9, 4001],
      ],
      [
        [1, 1, 2, 1],
        [3001, 2],
      ],
    ] as const) {
      const options = { sizes, mode } as const;
      const dyShape = oracle.resample2dOutputShape(xShape, options);
      const dy = { data: new Float32Array(oracle.sizeOf(dyShape)).fill(0.1), shape: dyShape };
      const dx = await gradient(xShape, dy, options);
      const expected = oracle.resample2dBackward(xShape, dy, options);
      const most = Math.max(...dx.map((value, i) => Math.abs(value / (expected.values[i] ?? 0) - 1)));
      expect(most).toBeLessThan((8 + Math.log2(Math.max(...expected.terms))) * 2 ** -24);
    }
  });

  test("a NaN or infinity reaches only the pixels that it shows, and every run gives the same bits", async () => {
    const dy = randomOperand([2, 20, 14, 8], 6);
    dy.data[0] = Number.NaN;
    dy.data[dy.data.length - 1] = Number.POSITIVE_INFINITY;
    for (const mode of MODES) {
      const options = { scales: [2, 2], mode } as const;
      const first = await gradient([2, 10, 7, 8], dy, options);
      expectWithinBound(first, oracle.resample2dBackward([2, 10, 7, 8], dy, options), "resample2dBackward dx");
      for (let i = 0; i < 3; i++) expect(await gradient([2, 10, 7, 8], dy, options)).toEqual(first);
    }
  });

  test("a pixel with the weight 0 gets no gradient, even from NaN", async () => {
    const dy = { data: Float32Array.of(1, Number.NaN, 3), shape: [1, 1, 3, 1] };
    const dx = await gradient([1, 1, 5, 1], dy, { sizes: [1, 3], mode: "linear", coordinates: "alignCorners" });
    expect([...dx]).toEqual([1, 0, Number.NaN, 0, 3]);
  });
});
