import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createBackend,
  mul,
  reduceSum,
  ShapeError,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { crossEntropyCase, uploadOptions } from "../../support/crossEntropyCase.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand, randomValues } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const operand = (shape: readonly number[], ...values: number[]): oracle.Operand => ({
  data: Float32Array.from(values),
  shape,
});

describeOnEachBackend("softmaxCrossEntropyBackward", (backend) => {
  const gradient = (
    logits: oracle.Operand,
    labels: oracle.Operand,
    dy: oracle.Operand,
    options: oracle.CrossEntropyOptions = {},
  ) =>
    evaluate(backend(), () =>
      softmaxCrossEntropyBackward(
        upload(backend(), logits),
        upload(backend(), labels),
        upload(backend(), dy),
        uploadOptions(backend(), options),
      ),
    );

  test("keeps its bound over random shapes, labels and spreads", async () => {
    await fc.assert(
      fc.asyncProperty(crossEntropyCase(), async ({ logits, labels, options, seed }) => {
        const dy = randomOperand(options.reduction === "none" ? logits.shape.slice(0, 1) : [], seed + 9);
        const expected = oracle.softmaxCrossEntropyBackward(logits, labels, dy, options);
        expectWithinBound(await gradient(logits, labels, dy, options), expected, "softmaxCrossEntropyBackward dlogits");
      }),
      { numRuns: sampled(150) },
    );
  });

  test.each([
    ["class numbers, mean", operand([3], 0, 4, 2), "mean"],
    ["class numbers, none", operand([3], 0, 4, 2), "none"],
    ["probabilities that do not sum to 1, sum", { data: randomValues(15, 8), shape: [3, 5] }, "sum"],
  ] as const)(
    "agrees with finite differences of the forward and with valueAndGradients: %s",
    async (_, labels, reduction) => {
      const logits = randomOperand([3, 5], 1);
      const dy = reduction === "none" ? randomOperand([3], 2) : operand([], 0.75);
      for (const labelSmoothing of [0, 0.2]) {
        for (const weights of [{}, { classWeights: operand([5], 1, 2, 0.5, 4, 0) }]) {
          const options = { reduction, labelSmoothing, ...weights };
          const dlogits = await gradient(logits, labels, dy, options);
          const forward = (data: Float64Array) =>
            oracle.softmaxCrossEntropy({ data, shape: [3, 5] }, labels, options).values;
          const slopes = oracle.finiteDifference(forward, logits.data, dy.data);
          for (const [i, slope] of slopes.entries()) expect(dlogits[i]).toBeCloseTo(slope, 5);
          const found = await evaluate(backend(), () => {
            const [target, slope] = [upload(backend(), labels), upload(backend(), dy)];
            const given = uploadOptions(backend(), options);
            return valueAndGradients(([logits]) => reduceSum(mul(softmaxCrossEntropy(logits, target, given), slope)), [
              upload(backend(), logits),
            ] as const).gradients[0];
          });
          expect(found).toEqual(dlogits);
        }
      }
    },
  );

  test("does not overflow, and a wrong label, NaN or +∞ gives NaN in its row only", async () => {
    const one = operand([], 1);
    const huge = operand([2, 4], 1e30, -1e30, 0, 0, -1e30, 1e30, 1e30, 0);
    const sum = { reduction: "sum" } as const;
    expect([...(await gradient(huge, operand([2], 0, 0), one, sum))]).toEqual([0, 0, 0, 0, -1, 0.5, 0.5, 0]);
    const logits = operand([4, 2], 0, 0, nan, 0, 0, 0, 0, infinity);
    const dlogits = await gradient(logits, operand([4], 1, 1, 2, 1), one, sum);
    expect([...dlogits]).toEqual([0.5, -0.5, nan, nan, nan, nan, nan, nan]);
  });

  test("a logit of −∞ gets no gradient, except as its own label", async () => {
    const logits = operand([1, 3], -infinity, 0, 0);
    for (const labels of [operand([1], 1), operand([1, 3], 0, 1, 0)]) {
      expect([...(await gradient(logits, labels, operand([], 1)))]).toEqual([0, -0.5, 0.5]);
    }
    const impossible = operand([1, 2], -infinity, -infinity);
    expect([...(await gradient(impossible, operand([1, 2], 0, 1), operand([], 1)))]).toEqual([nan, nan]);
  });

  test("a weight that is NaN or infinite gives NaN in the rows of its class only", async () => {
    const logits = randomOperand([3, 5], 1);
    const oneHot = operand([3, 5], 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0);
    for (const labels of [operand([3], 0, 1, 2), oneHot]) {
      const options = { reduction: "sum", classWeights: operand([5], 1, nan, infinity, nan, infinity) } as const;
      const dlogits = await gradient(logits, labels, operand([], 1), options);
      const plain = await gradient(logits, labels, operand([], 1), { reduction: "sum" });
      expect(dlogits.subarray(0, 5)).toEqual(plain.subarray(0, 5));
      expect(dlogits.subarray(5).some(Number.isFinite)).toBe(false);
    }
  });

  test("gives the same bits on every run", async () => {
    const [logits, labels] = [randomOperand([600, 12], 1), operand([600], ...new Array<number>(600).fill(3))];
    const first = await gradient(logits, labels, operand([], 1));
    for (let i = 0; i < 3; i++) expect(await gradient(logits, labels, operand([], 1))).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape than the loss", () => {
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `softmaxCrossEntropyBackward: ${message}`, call);
    refuses('dy is [6], expected the forward\'s output [] (reduction "mean")', () =>
      softmaxCrossEntropyBackward(zeros(6, 3), zeros(6), zeros(6)),
    );
    refuses('dy is [], expected the forward\'s output [6] (reduction "none")', () =>
      softmaxCrossEntropyBackward(zeros(6, 3), zeros(6), zeros(), { reduction: "none" }),
    );
  });
});

test("validation grants the rounding errors of a probability of 1, however large its logit is", async () => {
  const backend = await createBackend({ kind: "webgpu", validate: true });
  for (const largest of [1, 1e20, 1e38]) {
    const logits = operand([1, 3], 0, -1, largest);
    await evaluate(backend, () =>
      softmaxCrossEntropyBackward(upload(backend, logits), backend.tensor([0]), backend.full([], 1), {
        labelSmoothing: 0.1,
        classWeights: backend.tensor([1, 1, 0]),
      }),
    );
  }
  await backend.settled();
  backend.destroy();
});
