import fc from "fast-check";
import { expect, test } from "vitest";
import { batchNormalization, OptionError, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { uploadOptions } from "../../support/batchNormalization.js";
import { batchNormalizationCase } from "../../support/batchNormalizationCase.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("batchNormalization", (backend) => {
  const normalize = (
    x: oracle.Operand,
    mean: oracle.Operand,
    variance: oracle.Operand,
    options: oracle.BatchNormalizationOptions = {},
  ) =>
    evaluate(backend(), () =>
      batchNormalization(
        upload(backend(), x),
        upload(backend(), mean),
        upload(backend(), variance),
        uploadOptions(backend(), options),
      ),
    );

  test("keeps its bound over random shapes, axes and options", async () => {
    await fc.assert(
      fc.asyncProperty(batchNormalizationCase(), async ({ x, mean, variance, options }) => {
        const y = await normalize(x, mean, variance, options);
        expectWithinBound(y, oracle.batchNormalization(x, mean, variance, options), "batchNormalization y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each([
    [[3, 4], undefined],
    [[70_001, 3], undefined],
    [[2, 5, 300, 7], 1],
    [[1, 1, 1, 1, 6, 1, 1, 2], -4],
  ])("keeps its bound for shape %j and axis %j", async (shape, axis) => {
    const options = axis === undefined ? {} : { axis };
    const c = shape.at(axis ?? -1) ?? 0;
    const [x, mean] = [randomOperand(shape, 1), randomOperand([c], 2)];
    const variance = { data: randomOperand([c], 3).data.map(Math.abs), shape: [c] };
    const y = await normalize(x, mean, variance, options);
    expectWithinBound(y, oracle.batchNormalization(x, mean, variance, options), "batchNormalization y");
  });

  test("a NaN or infinity reaches only its own element, or its channel from mean and variance", async () => {
    const x = randomOperand([5, 4], 1);
    x.data.set([Number.NaN, Number.POSITIVE_INFINITY]);
    const mean = { data: Float32Array.of(0, 0, Number.NaN, 0), shape: [4] };
    const variance = { data: Float32Array.of(1, 1, 1, Number.NaN), shape: [4] };
    const y = await normalize(x, mean, variance);
    expectWithinBound(y, oracle.batchNormalization(x, mean, variance), "batchNormalization y");
    expect(y[2]).toBeNaN();
    expect(y[3]).toBeNaN();
  });

  const zeros = zerosOn(backend);

  test("refuses shapes that disagree", () => {
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `batchNormalization: ${message}`, call);
    refuses("mean is [3], expected [4], the extent of x along axis 1 (x [2, 4])", () =>
      batchNormalization(zeros(2, 4), zeros(3), zeros(4)),
    );
    refuses("variance is [4, 1], expected [4], the extent of x along axis 1 (x [2, 4])", () =>
      batchNormalization(zeros(2, 4), zeros(4), zeros(4, 1)),
    );
    refuses("scale is [4], expected [2], the extent of x along axis 0 (x [2, 4])", () =>
      batchNormalization(zeros(2, 4), zeros(2), zeros(2), { axis: 0, scale: zeros(4) }),
    );
    refuses("x has rank 0, expected at least 1: an axis of channels", () =>
      batchNormalization(zeros(), zeros(1), zeros(1)),
    );
  });

  test("refuses wrong options", () => {
    const refuses = (message: string, options: object) =>
      expectRefusal(backend(), OptionError, `batchNormalization: ${message}`, () =>
        batchNormalization(zeros(2, 4), zeros(4), zeros(4), options),
      );
    refuses("axis is 2, expected an integer from -2 to 1 (x [2, 4])", { axis: 2 });
    refuses("axis is -3, expected an integer ≥ -2", { axis: -3 });
    refuses("epsilon is -1, expected a number in [0, Infinity)", { epsilon: -1 });
    refuses("scale must be a Tensor, got 1; make one with backend.tensor(…)", { scale: 1 });
    refuses("unknown option epsilom; did you mean epsilon?", { epsilom: 1 });
  });
});
