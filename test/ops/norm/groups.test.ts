import fc from "fast-check";
import { expect, test } from "vitest";
import {
  batchNormalization,
  batchNormalizationBackward,
  batchNormalizationTraining,
  batchNormalizationTrainingBackward,
  mul,
  reduceSum,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEveryBackend, evaluate, upload } from "../../support/backends.js";
import { evaluateAll } from "../../support/batchNormalization.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand, randomValues } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

const UNIT = 2 ** -24;

/** Values of one sign, as a number in [−1, 1] gives them. */
const SHAPES_OF_VALUES = {
  uniform: (value: number) => 1 + value,
  equal: () => 0.1,
  "two equal ones": (value: number) => (value > 0 ? 0.1 : 0.7),
  "few large ones": (value: number) => value ** 8,
  negative: (value: number) => -2 - value,
};

/** Mean and variance in float64, of a column of [rows, c]. */
function statisticsOf({ data, shape }: oracle.Operand, column: number) {
  const c = oracle.at(shape, 1);
  const values = Float64Array.from(data.filter((_, i) => i % c === column));
  const average = (of: (value: number) => number) => values.reduce((sum, value) => sum + of(value), 0) / values.length;
  const mean = average((value) => value);
  return { values, mean, variance: average((value) => (value - mean) ** 2) };
}

/** Values with a mean and a spread of their own in each of four channels. */
function around(level: number, spread: number, rows = 700): oracle.Operand {
  const shape = [rows, 4];
  return { data: randomOperand(shape, 3).data.map((value, i) => level + (spread * value) / (1 + (i % 4))), shape };
}

/** All sums over the rows. */
function statisticsAndSlopes(x: Tensor, mean: Tensor, variance: Tensor, dy: Tensor) {
  const batch = batchNormalizationTraining(x);
  const { dmean, dvariance, dscale, dbias } = batchNormalizationBackward(x, mean, variance, dy);
  const training = batchNormalizationTrainingBackward(x, mean, variance, dy);
  return {
    mean: batch.mean,
    variance: batch.variance,
    dmean,
    dvariance,
    dscale,
    dbias,
    dscaleOfTraining: training.dscale,
    dbiasOfTraining: training.dbias,
  };
}

describeOnEveryBackend("the statistics of batch normalization", (backend) => {
  test("sums of one sign have an error that grows with the logarithm of their length", async () => {
    const cases = fc.record({
      size: fc.oneof(fc.integer({ min: 4, max: 2000 }), fc.integer({ min: 50_000, max: 100_000 })),
      c: fc.constantFrom(1, 4),
      kind: fc.constantFrom(...Object.values(SHAPES_OF_VALUES)),
      seed: fc.nat({ max: 2 ** 31 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, c, kind, seed }) => {
        const rows = Math.floor(size / c);
        const shape = [rows, c];
        const x = { data: randomValues(rows * c, seed).map(kind), shape };
        const dy = { data: randomValues(rows * c, seed + 1).map(kind), shape };
        // All of x is larger than this mean, or all of it is smaller.
        const mean = { data: new Float32Array(c).fill(x.data[0] !== undefined && x.data[0] < 0 ? 1 : -1), shape: [c] };
        const variance = { data: new Float32Array(c).fill(0.75), shape: [c] };
        const actual = await evaluateAll(backend(), () =>
          statisticsAndSlopes(
            upload(backend(), x),
            upload(backend(), mean),
            upload(backend(), variance),
            upload(backend(), dy),
          ),
        );
        const limit = (8 + Math.log2(rows)) * UNIT;
        const root = 1 / Math.sqrt(0.75 + 1e-5);
        for (let column = 0; column < c; column++) {
          const ofX = statisticsOf(x, column);
          const slopes = statisticsOf(dy, column);
          const factor =
            root *
            slopes.values.reduce((sum, slope, i) => {
              return sum + slope * (oracle.at(ofX.values, i) - oracle.at(mean.data, column));
            }, 0);
          const holds = (name: keyof typeof actual, expected: number, times: number) => {
            const error = Math.abs(oracle.at(actual[name], column) - expected);
            expect(error, `${name}, ${rows} rows`).toBeLessThanOrEqual(times * limit * Math.abs(expected) + 2 ** -60);
          };
          holds("mean", ofX.mean, 1);
          holds("variance", ofX.variance, 3);
          holds("dbias", rows * slopes.mean, 1);
          holds("dmean", -root * rows * slopes.mean, 2);
          holds("dscale", factor, 2);
          holds("dvariance", -0.5 * root ** 2 * factor, 3);
          holds("dbiasOfTraining", rows * slopes.mean, 1);
          holds("dscaleOfTraining", factor, 2);
        }
      }),
      { numRuns: sampled(8) },
    );
  });

  // The bounds say what must hold whatever the values. These are held much closer than that.
  test.each([
    [0, 1, 1e-5],
    [1e4, 1, 1e-5],
    [-1e6, 1, 1e-5],
    [0, 1e30, 1e-5],
    [1e30, 1e28, 1e-5],
    [0, 3e38, 1e-5],
    [-2e38, 1e38, 0],
    [0, 1e30, 0],
    [0, 1e-30, 0],
    [0, 1e-30, 1e-60],
    [1e-30, 1e-33, 0],
  ])("a batch around %d, with a spread of %d and an epsilon of %d", async (level, spread, epsilon) => {
    const x = around(level, spread);
    const { rows, c } = { rows: oracle.at(x.shape, 0), c: 4 };
    // The gradients of the largest values would vanish.
    const dy = {
      data: randomOperand(x.shape, 4).data.map((slope) => slope * Math.max(1, spread / 1e33)),
      shape: x.shape,
    };
    const [scale, bias] = [
      { data: Float32Array.of(1, -2, 0.5, 3), shape: [c] },
      { data: Float32Array.of(0, 1, 2, 3), shape: [c] },
    ];
    const actual = await evaluateAll(backend(), () => {
      const parameters = [upload(backend(), x), upload(backend(), scale), upload(backend(), bias)] as const;
      const batch = batchNormalizationTraining(parameters[0], { scale: parameters[1], bias: parameters[2], epsilon });
      const slopes = upload(backend(), dy);
      const { gradients } = valueAndGradients(
        ([x, scale, bias]) => reduceSum(mul(batchNormalizationTraining(x, { scale, bias, epsilon }).y, slopes)),
        parameters,
      );
      return { ...batch, dx: gradients[0], dscale: gradients[1], dbias: gradients[2] };
    });
    for (let column = 0; column < c; column++) {
      const { values, mean, variance } = statisticsOf(x, column);
      const { values: slopes, mean: even } = statisticsOf(dy, column);
      const root = 1 / Math.sqrt(variance + epsilon);
      const gain = oracle.at(scale.data, column);
      // The gradients are taken at the mean in float32.
      const center = oracle.at(actual.mean, column);
      expect(Math.abs(center - mean)).toBeLessThanOrEqual(2 ** -23 * Math.abs(mean) + 1e-6 * spread);
      if (Math.fround(variance) === Number.POSITIVE_INFINITY) {
        expect(actual.variance[column]).toBe(Number.POSITIVE_INFINITY);
      } else {
        const error = Math.abs(oracle.at(actual.variance, column) - variance);
        expect(error).toBeLessThanOrEqual(2e-6 * variance + 2 ** -126);
      }
      const normalized = values.map((value) => (value - center) * root);
      const tilt = slopes.reduce((sum, slope, i) => sum + slope * oracle.at(normalized, i), 0);
      const size = Math.max(1, spread / 1e33);
      const near = (actual: number, expected: number, of: number) =>
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(3e-6 * (of + Math.abs(expected)));
      near(oracle.at(actual.dbias, column), rows * even, rows * size);
      near(oracle.at(actual.dscale, column), tilt, rows * size);
      for (let row = 0; row < rows; row++) {
        const i = row * c + column;
        const y = (oracle.at(values, row) - mean) * root * gain + oracle.at(bias.data, column);
        const dx = gain * root * (oracle.at(slopes, row) - even - (oracle.at(normalized, row) * tilt) / rows);
        near(oracle.at(actual.y, i), y, 1);
        near(oracle.at(actual.dx, i), dx, root * size);
      }
    }
  });

  test.each([
    ["differences", 3e38, -3e38, 1e38, 1e-5],
    ["a large mean", 1e30, 3e38, 3e38, 1e-5],
    ["values around 10³⁰", 1e30, 1e30, 3e38, 1e-5],
    ["the sum of variance and epsilon", 1e30, 0, 3e38, 3e38],
    ["small values", 1e-30, 1e-30, 1e-37, 0],
    ["an infinite variance", 1e30, 0, Number.POSITIVE_INFINITY, 1e-5],
  ])("a given mean and variance: %s", async (_, size, level, spread, epsilon) => {
    const data = randomOperand([60, 4], 1).data.map((value) => size * value);
    data.set([size, -size, size, -size]);
    const x = { data, shape: [60, 4] };
    const mean = { data: Float32Array.of(level, -level, level / 2, -level / 2), shape: [4] };
    const variance = { data: new Float32Array(4).fill(spread), shape: [4] };
    const dy = randomOperand([60, 4], 2);
    const inputs = () => [upload(backend(), x), upload(backend(), mean), upload(backend(), variance)] as const;
    const y = await evaluate(backend(), () => batchNormalization(...inputs(), { epsilon }));
    expectWithinBound(y, oracle.batchNormalization(x, mean, variance, { epsilon }), "batchNormalization y");
    const actual = await evaluateAll(backend(), () => ({
      ...batchNormalizationBackward(...inputs(), upload(backend(), dy), { epsilon }),
    }));
    const expected = oracle.batchNormalizationBackward(x, mean, variance, dy, { epsilon });
    for (const name of ["dx", "dmean", "dvariance", "dscale", "dbias"] as const) {
      expectWithinBound(actual[name], expected[name], `batchNormalizationBackward ${name}`);
    }
    const training = await evaluateAll(backend(), () => ({
      ...batchNormalizationTrainingBackward(...inputs(), upload(backend(), dy), { epsilon }),
    }));
    const ofTraining = oracle.batchNormalizationTrainingBackward(x, mean, variance, dy, { epsilon });
    for (const name of ["dx", "dscale", "dbias"] as const) {
      expectWithinBound(training[name], ofTraining[name], `batchNormalizationTrainingBackward ${name}`);
    }
  });
});
