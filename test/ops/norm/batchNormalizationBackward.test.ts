import fc from "fast-check";
import { expect, test } from "vitest";
import { batchNormalizationBackward, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { evaluateAll, uploadOptions } from "../../support/batchNormalization.js";
import { batchNormalizationCase } from "../../support/batchNormalizationCase.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const NAMES = ["dx", "dmean", "dvariance", "dscale", "dbias"] as const;

describeOnEachBackend("batchNormalizationBackward", (backend) => {
  const gradients = (
    x: oracle.Operand,
    mean: oracle.Operand,
    variance: oracle.Operand,
    dy: oracle.Operand,
    options: oracle.BatchNormalizationOptions = {},
  ) =>
    evaluateAll(backend(), () => ({
      ...batchNormalizationBackward(
        upload(backend(), x),
        upload(backend(), mean),
        upload(backend(), variance),
        upload(backend(), dy),
        uploadOptions(backend(), options),
      ),
    }));

  test("keeps its bound over random shapes, axes and options", async () => {
    await fc.assert(
      fc.asyncProperty(batchNormalizationCase(), async ({ x, mean, variance, options, seed }) => {
        const dy = randomOperand(x.shape, seed + 9);
        const actual = await gradients(x, mean, variance, dy, options);
        const expected = oracle.batchNormalizationBackward(x, mean, variance, dy, options);
        for (const name of NAMES) {
          expectWithinBound(actual[name], expected[name], `batchNormalizationBackward ${name}`);
        }
      }),
      { numRuns: sampled(80) },
    );
  });

  const small = () => {
    const [x, dy, mean, scale] = [
      randomOperand([2, 3, 2], 1),
      randomOperand([2, 3, 2], 2),
      randomOperand([3], 3),
      randomOperand([3], 4),
    ];
    const variance = { data: Float32Array.of(0.5, 1, 2), shape: [3] };
    return { x, dy, mean, variance, scale };
  };

  test("agrees with finite differences of the forward", async () => {
    const { x, dy, mean, variance, scale } = small();
    const bias = randomOperand([3], 5);
    const options = { axis: 1, scale, bias };
    const actual = await gradients(x, mean, variance, dy, options);
    const at = (shape: readonly number[]) => (data: Float64Array) => ({ data, shape });
    const forwards = {
      dx: [x, (data: Float64Array) => oracle.batchNormalization(at(x.shape)(data), mean, variance, options)],
      dmean: [mean, (data: Float64Array) => oracle.batchNormalization(x, at([3])(data), variance, options)],
      dvariance: [variance, (data: Float64Array) => oracle.batchNormalization(x, mean, at([3])(data), options)],
      dscale: [
        scale,
        (data: Float64Array) => oracle.batchNormalization(x, mean, variance, { ...options, scale: at([3])(data) }),
      ],
      dbias: [
        bias,
        (data: Float64Array) => oracle.batchNormalization(x, mean, variance, { ...options, bias: at([3])(data) }),
      ],
    } as const;
    for (const name of NAMES) {
      const [point, forward] = forwards[name];
      const slopes = oracle.finiteDifference((data) => forward(data).values, point.data, dy.data);
      for (const [i, slope] of slopes.entries()) expect(actual[name][i], `${name}[${i}]`).toBeCloseTo(slope, 5);
    }
  });

  test("a NaN gives NaN in the gradients of its channel only", async () => {
    const { x, dy, mean, variance } = small();
    dy.data[0] = Number.NaN;
    const options = { axis: 1 };
    const actual = await gradients(x, mean, variance, dy, options);
    const expected = oracle.batchNormalizationBackward(x, mean, variance, dy, options);
    for (const name of NAMES) expectWithinBound(actual[name], expected[name], `batchNormalizationBackward ${name}`);
  });

  test("an infinite scale changes the gradients that it is a factor of", async () => {
    const { x, dy, mean, variance } = small();
    const scale = { data: Float32Array.of(Infinity, 1, -Infinity), shape: [3] };
    const options = { axis: 1, scale };
    const actual = await gradients(x, mean, variance, dy, options);
    const plain = await gradients(x, mean, variance, dy, { axis: 1 });
    for (const name of ["dscale", "dbias"] as const) expect(actual[name]).toEqual(plain[name]);
    for (const name of ["dmean", "dvariance"] as const) {
      expect([...actual[name]]).toEqual([...plain[name]].map((value, c) => value * (scale.data[c] ?? 0)));
    }
    expect([...actual.dx]).toEqual([...plain.dx].map((value, i) => value * (scale.data[Math.floor(i / 2) % 3] ?? 0)));
  });

  test("gives the same bits on every run", async () => {
    const [x, dy, mean] = [randomOperand([5000, 6], 1), randomOperand([5000, 6], 2), randomOperand([6], 3)];
    const variance = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [6] };
    const first = await gradients(x, mean, variance, dy);
    const expected = oracle.batchNormalizationBackward(x, mean, variance, dy);
    for (const name of NAMES) expectWithinBound(first[name], expected[name], `batchNormalizationBackward ${name}`);
    for (let i = 0; i < 3; i++) expect(await gradients(x, mean, variance, dy)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message = "batchNormalizationBackward: dy is [4, 2], expected the forward's output [2, 4]";
    expectRefusal(backend(), ShapeError, message, () =>
      batchNormalizationBackward(zeros(2, 4), zeros(4), zeros(4), zeros(4, 2)),
    );
  });
});
