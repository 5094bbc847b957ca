import fc from "fast-check";
import { expect, test } from "vitest";
import { batchNormalizationTrainingBackward, createBackend, ShapeError, type ValidationReport } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { evaluateAll, uploadOptions } from "../../support/batchNormalization.js";
import { batchNormalizationCase } from "../../support/batchNormalizationCase.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const NAMES = ["dx", "dscale", "dbias"] as const;

/** The statistics of the batch in float32. */
function statisticsOf(x: oracle.Operand, options: oracle.BatchNormalizationOptions) {
  const { mean, variance } = oracle.batchNormalizationTraining(x, options);
  const asFloat32 = ({ values, shape }: oracle.Expected) => ({ data: Float32Array.from(values), shape });
  return { mean: asFloat32(mean), variance: asFloat32(variance) };
}

describeOnEachBackend("batchNormalizationTrainingBackward", (backend) => {
  const gradients = (x: oracle.Operand, dy: oracle.Operand, options: oracle.BatchNormalizationOptions = {}) => {
    const { mean, variance } = statisticsOf(x, options);
    return evaluateAll(backend(), () => ({
      ...batchNormalizationTrainingBackward(
        upload(backend(), x),
        upload(backend(), mean),
        upload(backend(), variance),
        upload(backend(), dy),
        uploadOptions(backend(), options),
      ),
    }));
  };

  test("keeps its bound over random shapes, axes and options", async () => {
    await fc.assert(
      fc.asyncProperty(batchNormalizationCase(), async ({ x, options, seed }) => {
        const dy = randomOperand(x.shape, seed + 9);
        const { mean, variance } = statisticsOf(x, options);
        const actual = await gradients(x, dy, options);
        const expected = oracle.batchNormalizationTrainingBackward(x, mean, variance, dy, options);
        for (const name of NAMES) {
          expectWithinBound(actual[name], expected[name], `batchNormalizationTrainingBackward ${name}`);
        }
      }),
      { numRuns: sampled(80) },
    );
  });

  test("agrees with finite differences of the forward, including the statistics", async () => {
    const [x, dy, scale, bias] = [
      randomOperand([2, 3, 4], 1),
      randomOperand([2, 3, 4], 2),
      randomOperand([3], 3),
      randomOperand([3], 4),
    ];
    const options = { axis: 1, scale, bias };
    const actual = await gradients(x, dy, options);
    const forward = (x: oracle.Operand, options: oracle.BatchNormalizationOptions) =>
      oracle.batchNormalizationTraining(x, options).y.values;
    const expected = {
      dx: oracle.finiteDifference((data) => forward({ data, shape: x.shape }, options), x.data, dy.data, 2 ** -14),
      dscale: oracle.finiteDifference(
        (data) => forward(x, { ...options, scale: { data, shape: [3] } }),
        scale.data,
        dy.data,
      ),
      dbias: oracle.finiteDifference(
        (data) => forward(x, { ...options, bias: { data, shape: [3] } }),
        bias.data,
        dy.data,
      ),
    };
    for (const name of NAMES) {
      for (const [i, slope] of expected[name].entries()) {
        expect(actual[name][i], `${name}[${i}]`).toBeCloseTo(slope, 4);
      }
    }
  });

  test("a constant dy gives a gradient near 0, because the mean of its channel removes it", async () => {
    const x = randomOperand([500, 4], 1);
    const { dx } = await gradients(x, { data: new Float32Array(2000).fill(1), shape: [500, 4] });
    for (const value of dx) expect(Math.abs(value)).toBeLessThan(1e-5);
  });

  test("a NaN gives NaN in its own channel only", async () => {
    const [x, dy] = [randomOperand([50, 4], 1), randomOperand([50, 4], 2)];
    dy.data[6] = Number.NaN;
    const { dx } = await gradients(x, dy);
    expect([...dx].every((value, i) => Number.isNaN(value) === (i % 4 === 2))).toBe(true);
  });

  test("an infinite scale gives the infinities of its own channel, and no NaN", async () => {
    const [x, dy] = [randomOperand([50, 4], 1), randomOperand([50, 4], 2)];
    const scale = { data: Float32Array.of(1, Infinity, -Infinity, 2), shape: [4] };
    const [{ dx }, plain] = [await gradients(x, dy, { scale }), await gradients(x, dy)];
    for (const [i, value] of plain.dx.entries()) {
      const factor = scale.data[i % 4] ?? 0;
      if (Number.isFinite(factor)) expect(dx[i]).toBeCloseTo(value * factor, 5);
      else expect(dx[i]).toBe(value * factor);
    }
  });

  test("gives the same bits on every run", async () => {
    const [x, dy] = [randomOperand([6000, 6], 1), randomOperand([6000, 6], 2)];
    const first = await gradients(x, dy);
    for (let i = 0; i < 3; i++) expect(await gradients(x, dy)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message = "batchNormalizationTrainingBackward: dy is [4, 2], expected the forward's output [2, 4]";
    expectRefusal(backend(), ShapeError, message, () =>
      batchNormalizationTrainingBackward(zeros(2, 4), zeros(4), zeros(4), zeros(4, 2)),
    );
  });
});

test("the long sums of batchNormalizationTrainingBackward pass validation with their bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  const x = randomOperand([30_000, 4], 1);
  const { mean, variance } = statisticsOf(x, {});
  const { dx } = batchNormalizationTrainingBackward(
    upload(backend, x),
    upload(backend, mean),
    upload(backend, variance),
    upload(backend, randomOperand([30_000, 4], 2)),
  );
  await dx.read();
  expect(reports.map(({ tensor }) => tensor)).toEqual([...NAMES]);
  for (const { largestShare } of reports) expect(largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});
