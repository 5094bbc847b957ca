import fc from "fast-check";
import { expect, test } from "vitest";
import { clipScale, OptionError } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";
import { anyShape } from "../../support/shapeArbitraries.js";

describeOnEachBackend("clipScale", (backend) => {
  const scaleOf = (sums: oracle.Operand, clipNorm: number) =>
    evaluate(backend(), () => clipScale(upload(backend(), sums), clipNorm));
  const of = (...sums: number[]) => ({ data: Float32Array.from(sums), shape: [sums.length] });

  test("keeps the numerical promise over random shapes, sums and norms", async () => {
    const exponent = fc.integer({ min: -60, max: 60 });
    await fc.assert(
      fc.asyncProperty(anyShape(), fc.nat(), exponent, exponent, async (shape, seed, sumExponent, normExponent) => {
        const { data } = randomOperand(shape, seed);
        const sums = { data: data.map((value) => Math.abs(value) * 2 ** sumExponent), shape };
        const clipNorm = 1.1 * 2 ** (normExponent / 2);
        expectWithinBound(await scaleOf(sums, clipNorm), oracle.clipScale(sums, clipNorm), "clipScale y");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("is 1 for a norm within the limit, less for a larger one, and NaN for NaN or infinity", async () => {
    const scales = await scaleOf(of(0, 1, 4, 16, 64, Number.NaN, Number.POSITIVE_INFINITY), 2);
    expect([...scales.slice(0, 3)]).toEqual([1, 1, 1]);
    expect(scales[3]).toBeCloseTo(0.5, 6);
    expect(scales[4]).toBeCloseTo(0.25, 6);
    expect(scales[5]).toBeNaN();
    expect(scales[6]).toBeNaN();
  });

  test("gives the same bits on every run", async () => {
    const sums = { data: randomOperand([5000], 1).data.map((value) => 100 * Math.abs(value)), shape: [5000] };
    const first = await scaleOf(sums, 3);
    expect(await scaleOf(sums, 3)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test.each([
    [0, "0"],
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    ["2", '"2"'],
  ])("refuses a norm of %s", (clipNorm, shown) => {
    expectRefusal(backend(), OptionError, `clipScale: clipNorm is ${shown}, expected a finite number above 0`, () =>
      clipScale(zeros(1), wrong(clipNorm)),
    );
  });
});
