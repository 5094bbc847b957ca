import fc from "fast-check";
import { expect, test } from "vitest";
import { batchNormalizationTraining, createBackend, ShapeError, type ValidationReport } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { evaluateAll, uploadOptions } from "../../support/batchNormalization.js";
import { batchNormalizationCase } from "../../support/batchNormalizationCase.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand, randomValues } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const NAMES = ["y", "mean", "variance"] as const;

describeOnEachBackend("batchNormalizationTraining", (backend) => {
  const normalize = (x: oracle.Operand, options: oracle.BatchNormalizationOptions = {}) =>
    evaluateAll(backend(), () => ({
      ...batchNormalizationTraining(upload(backend(), x), uploadOptions(backend(), options)),
    }));

  async function expectBound(x: oracle.Operand, options: oracle.BatchNormalizationOptions = {}) {
    const actual = await normalize(x, options);
    const expected = oracle.batchNormalizationTraining(x, options);
    for (const name of NAMES) expectWithinBound(actual[name], expected[name], `batchNormalizationTraining ${name}`);
    return { actual, expected };
  }

  test("keeps its bound over random shapes, axes and options", async () => {
    await fc.assert(
      fc.asyncProperty(batchNormalizationCase(), async ({ x, options }) => {
        await expectBound(x, options);
      }),
      { numRuns: sampled(100) },
    );
  });

  test.each(
    sampledCases([
      ["many rows, few channels", [40_003, 1]],
      ["many rows, four channels at a time", [20_000, 8]],
      ["few rows, many channels", [2, 1030]],
      ["many rows and channels", [130, 1030]],
      ["one row", [1, 5]],
    ] as const),
  )("keeps its bound: %s", async (_, shape) => {
    await expectBound(randomOperand(shape, 1));
  });

  // The bounds hold for all values. These values are much closer, and Σ x² − (Σ x)² / n could not be this close.
  test.each([1, 100, 1e4, 1e6])("is accurate for a mean of %d with a spread of a thousandth of it", async (level) => {
    const rows = 10_000;
    const data = randomValues(2 * rows, 3).map((value, i) => (i % 2 === 0 ? level : -level) * (1 + value / 1000));
    const { actual, expected } = await expectBound({ data, shape: [rows, 2] });
    for (const c of [0, 1]) {
      const [mean, variance] = [expected.mean.values[c] ?? 0, expected.variance.values[c] ?? 0];
      expect(Math.abs((actual.mean[c] ?? 0) - mean)).toBeLessThanOrEqual(2 ** -23 * Math.abs(mean));
      expect(Math.abs((actual.variance[c] ?? 0) - variance)).toBeLessThanOrEqual(2 ** -18 * variance);
    }
  });

  test("is accurate for slices with very different means", async () => {
    const rows = 4096;
    const data = Float32Array.from({ length: rows }, (_, i) => 1000 + i / 64 + (i % 3));
    const { actual, expected } = await expectBound({ data, shape: [rows, 1] });
    const variance = expected.variance.values[0] ?? 0;
    expect(Math.abs((actual.variance[0] ?? 0) - variance)).toBeLessThanOrEqual(2 ** -18 * variance);
  });

  test("keeps its bound with one outlier", async () => {
    const data = randomValues(9000, 3);
    data[0] = 1e6;
    await expectBound({ data, shape: [3000, 3] });
  });

  test.each([0.1, 1e-3, 12_345.678, -3e4])(
    "a constant channel of %d gives this mean, a variance near 0, and the bias",
    async (value) => {
      const x = { data: new Float32Array(4 * 3001).fill(value), shape: [3001, 4] };
      const bias = { data: Float32Array.of(1, -2, 3, 0), shape: [4] };
      const { actual } = await expectBound(x, { bias });
      for (const mean of actual.mean) expect(mean).toBe(Math.fround(value));
      for (const variance of actual.variance) expect(variance).toBeLessThanOrEqual((2 ** -30 * value) ** 2);
      expect([...actual.y.subarray(0, 4)]).toEqual([...bias.data]);
    },
  );

  test("a single value gives itself as the mean, the variance 0, and the bias", async () => {
    const { actual } = await expectBound({ data: Float32Array.of(7, -3), shape: [1, 2] });
    expect(actual).toEqual({
      y: Float32Array.of(0, 0),
      mean: Float32Array.of(7, -3),
      variance: Float32Array.of(0, 0),
    });
  });

  test("gives the biased variance", async () => {
    const { actual } = await expectBound({ data: Float32Array.of(1, 3), shape: [2, 1] });
    expect([...actual.variance]).toEqual([1]);
  });

  test("a NaN or infinity changes only its own channel", async () => {
    const x = randomOperand([700, 4], 1);
    x.data[0] = Number.NaN;
    x.data[4 * 300 + 1] = Number.POSITIVE_INFINITY;
    x.data[4 * 300 + 2] = Number.POSITIVE_INFINITY;
    x.data[4 * 600 + 2] = Number.NEGATIVE_INFINITY;
    const { actual } = await expectBound(x);
    expect([...actual.mean.subarray(0, 3)]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NaN]);
    expect([...actual.variance.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(actual.y.filter(Number.isNaN).length).toBe(3 * 700);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([9000, 12], 5);
    const first = await normalize(x);
    for (let i = 0; i < 3; i++) expect(await normalize(x)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses shapes that disagree", () => {
    const message = "batchNormalizationTraining: bias is [2], expected [4], the extent of x along axis 1 (x [2, 4])";
    expectRefusal(backend(), ShapeError, message, () => batchNormalizationTraining(zeros(2, 4), { bias: zeros(2) }));
  });
});

test("batchNormalizationTraining passes validation with its bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  const { y } = batchNormalizationTraining(upload(backend, randomOperand([600, 16], 1)));
  await y.read();
  expect(reports.map(({ tensor }) => tensor)).toEqual([...NAMES, "deviation"]);
  for (const { largestShare } of reports) expect(largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});
