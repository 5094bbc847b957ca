import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createBackend,
  OptionError,
  ShapeError,
  softmaxCrossEntropy,
  type ValidationReport,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEveryBackend, evaluate, upload } from "../../support/backends.js";
import { crossEntropyCase, uploadOptions } from "../../support/crossEntropyCase.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const operand = (shape: readonly number[], ...values: number[]): oracle.Operand => ({
  data: Float32Array.from(values),
  shape,
});

describeOnEveryBackend("softmaxCrossEntropy", (backend) => {
  const loss = (logits: oracle.Operand, labels: oracle.Operand, options: oracle.CrossEntropyOptions = {}) =>
    evaluate(backend(), () =>
      softmaxCrossEntropy(upload(backend(), logits), upload(backend(), labels), uploadOptions(backend(), options)),
    );

  test("keeps its bound over random shapes, labels and spreads", async () => {
    await fc.assert(
      fc.asyncProperty(crossEntropyCase(), async ({ logits, labels, options }) => {
        const expected = oracle.softmaxCrossEntropy(logits, labels, options);
        expectWithinBound(await loss(logits, labels, options), expected, "softmaxCrossEntropy loss");
      }),
      { numRuns: sampled(150) },
    );
  });

  test.each([
    ["many rows", 5000, 10],
    ["many classes", 3, 4099],
    ["one class", 9, 1],
  ] as const)("keeps its bound: %s", async (_, n, c) => {
    const logits = randomOperand([n, c], 1);
    const labels = operand([n], ...Array.from({ length: n }, (_, i) => (i * 7) % c));
    for (const reduction of ["mean", "sum", "none"] as const) {
      const expected = oracle.softmaxCrossEntropy(logits, labels, { reduction });
      expectWithinBound(await loss(logits, labels, { reduction }), expected, "softmaxCrossEntropy loss");
    }
  });

  test("gives known values", async () => {
    expect((await loss(operand([2, 2], 0, 0, 0, 0), operand([2], 0, 1)))[0]).toBeCloseTo(Math.LN2, 6);
    const halves = operand([1, 4], 0.25, 0.25, 0.25, 0.25);
    expect((await loss(operand([1, 4], 5, 5, 5, 5), halves, { reduction: "sum" }))[0]).toBeCloseTo(Math.log(4), 6);
  });

  /** Computed by hand from PyTorch's definition. The softmax of the rows is [1/8, 2/8, 5/8] and [1/2, 1/4, 1/4]. */
  describe("label smoothing and class weights", () => {
    const [l2, l4, l8, l85] = [Math.LN2, Math.log(4), Math.log(8), Math.log(8 / 5)];
    const logits = operand([2, 3], 0, Math.LN2, Math.log(5), Math.LN2, 0, 0);
    const classes = operand([2], 2, 0);
    const probabilities = operand([2, 3], 0.5, 0, 0.5, 0, 1, 0);
    const classWeights = operand([3], 1, 2, 4);
    const smooth = { labelSmoothing: 0.3 };
    const sums = [l8 + l4 + l85, l2 + l4 + l4] as const;
    const weighted = [l8 + 2 * l4 + 4 * l85, l2 + 2 * l4 + 4 * l4] as const;

    test.each([
      ["smoothed class numbers", classes, smooth, [0.7 * l85 + 0.1 * sums[0], 0.7 * l2 + 0.1 * sums[1]], 2],
      ["weighted class numbers", classes, { classWeights }, [4 * l85, l2], 5],
      [
        "both",
        classes,
        { ...smooth, classWeights },
        [0.7 * 4 * l85 + 0.1 * weighted[0], 0.7 * l2 + 0.1 * weighted[1]],
        5,
      ],
      [
        "smoothed probabilities",
        probabilities,
        smooth,
        [0.35 * (l8 + l85) + 0.1 * sums[0], 0.7 * l4 + 0.1 * sums[1]],
        2,
      ],
      ["weighted probabilities", probabilities, { classWeights }, [0.5 * l8 + 2 * l85, 2 * l4], 2],
      [
        "both, of probabilities",
        probabilities,
        { ...smooth, classWeights },
        [0.35 * (l8 + 4 * l85) + 0.1 * weighted[0], 1.4 * l4 + 0.1 * weighted[1]],
        2,
      ],
    ] as const)("give known values: %s", async (_, labels, options, [first, second], divisor) => {
      const losses = await loss(logits, labels, { ...options, reduction: "none" });
      expect(losses[0]).toBeCloseTo(first, 6);
      expect(losses[1]).toBeCloseTo(second, 6);
      expect((await loss(logits, labels, { ...options, reduction: "sum" }))[0]).toBeCloseTo(first + second, 5);
      expect((await loss(logits, labels, options))[0]).toBeCloseTo((first + second) / divisor, 6);
    });

    test("a class of weight 0 adds nothing, even if its logit is −∞", async () => {
      const logits = operand([2, 3], -infinity, 0, 0, 0, 0, 0);
      const classWeights = operand([3], 0, 1, 1);
      for (const labels of [operand([2], 0, 1), operand([2, 3], 1, 0, 0, 0, 1, 0)]) {
        const losses = await loss(logits, labels, { classWeights, reduction: "none" });
        expect(losses[0]).toBe(0);
        expect(losses[1]).toBeCloseTo(Math.log(3), 6);
        const smoothed = await loss(logits, labels, { ...smooth, classWeights, reduction: "none" });
        expect(smoothed.every(Number.isFinite)).toBe(true);
      }
      const [mean] = await loss(logits, operand([2], 0, 1), { classWeights });
      expect(mean).toBeCloseTo(Math.log(3), 6);
    });

    test("keep the bound over many rows", async () => {
      const [x, weights] = [randomOperand([3000, 5], 1), operand([5], 1, 0.1, 3, 2, 7)];
      const labels = operand([3000], ...Array.from({ length: 3000 }, (_, i) => (i * 7) % 5));
      for (const reduction of ["mean", "sum", "none"] as const) {
        const options = { ...smooth, classWeights: weights, reduction };
        const expected = oracle.softmaxCrossEntropy(x, labels, options);
        expectWithinBound(await loss(x, labels, options), expected, "softmaxCrossEntropy loss");
      }
    });
  });

  test("does not overflow", async () => {
    const none = { reduction: "none" } as const;
    const logits = operand([3, 4], 1e30, -1e30, 0, 0, -1e30, 1e30, 1e30, 0, -1e30, -1e30, -1e30, -1e30);
    const losses = await loss(logits, operand([3], 0, 0, 3), none);
    expectWithinBound(losses, oracle.softmaxCrossEntropy(logits, operand([3], 0, 0, 3), none), "loss");
    expect(losses[0]).toBe(0);
    expect(losses[1]).toBe(Math.fround(2e30));
    expect(losses[2]).toBeCloseTo(Math.log(4), 6);
  });

  test("a label that names no class gives NaN in its row only", async () => {
    const logits = randomOperand([8, 3], 1);
    const labels = operand([8], 0, 3, -1, 1.5, nan, 2, infinity, 1e10);
    const isKnown = [true, false, false, false, false, true, false, false];
    for (const labelSmoothing of [0, 0.1]) {
      for (const weights of [{}, { classWeights: operand([3], 1, 2, 3) }]) {
        const options = { labelSmoothing, ...weights };
        const losses = await loss(logits, labels, { ...options, reduction: "none" });
        expect([...losses].map(Number.isFinite)).toEqual(isKnown);
        expect([...losses].map(Number.isNaN)).toEqual(isKnown.map((known) => !known));
        expect([...(await loss(logits, labels, options))]).toEqual([nan]);
      }
    }
  });

  test("a logit of −∞ gives the probability 0, and a NaN or +∞ changes only the loss of its row", async () => {
    const logits = operand([4, 3], 0, -infinity, 0, 0, nan, 0, 0, 0, infinity, -infinity, 0, 0);
    const losses = await loss(logits, operand([4], 0, 0, 2, 0), { reduction: "none" });
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    expect([...losses.subarray(1)]).toEqual([nan, nan, infinity]);
  });

  test("a class of probability 0 adds nothing, even if its logit is −∞", async () => {
    const logits = operand([1, 3], -infinity, 0, 0);
    expect((await loss(logits, operand([1, 3], 0, 1, 0)))[0]).toBeCloseTo(Math.LN2, 6);
    expect([...(await loss(logits, operand([1, 3], 0.5, 0.5, 0)))]).toEqual([infinity]);
    // A NaN row stays NaN.
    const poisoned = operand([3, 2], 0, nan, 0, infinity, -infinity, -infinity);
    const zeros = operand([3, 2], 0, 0, 0, 0, 0, 0);
    expect([...(await loss(poisoned, zeros, { reduction: "none" }))]).toEqual([nan, nan, nan]);
  });

  test("a class of probability 0 adds nothing, even if its weight is NaN or infinite", async () => {
    const logits = randomOperand([4, 9], 1);
    const oneHot = operand([4, 9], ...Array.from({ length: 36 }, (_, i) => (i % 10 === 0 ? 1 : 0)));
    for (const labels of [operand([4], 0, 1, 2, 3), oneHot]) {
      const classWeights = operand([9], 2, nan, 3, infinity, nan, infinity, -infinity, nan, nan);
      const losses = await loss(logits, labels, { reduction: "none", classWeights });
      expect([...losses].map(Number.isFinite)).toEqual([true, false, true, false]);
      const plain = await loss(logits, labels, { reduction: "none" });
      expect(losses[0]).toBeCloseTo(2 * (plain[0] ?? 0), 5);
    }
  });

  test("one-hot labels give the loss of class numbers, even with logits of −∞", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(), async (n, c, seed) => {
        const logits = randomOperand([n, c], seed);
        const labels = Array.from({ length: n }, (_, row) => (seed + row) % c);
        for (let i = 0; i < n * c; i++) if (((seed >> (i % 31)) & 1) === 1) logits.data[i] = -infinity;
        const oneHot = labels.flatMap((label) => Array.from({ length: c }, (_, i) => (i === label ? 1 : 0)));
        const options = { reduction: "none" } as const;
        const byNumber = await loss(logits, operand([n], ...labels), options);
        const byProbability = await loss(logits, operand([n, c], ...oneHot), options);
        expect([...byProbability]).toEqual([...byNumber]);
      }),
      { numRuns: sampled(60) },
    );
  });

  test("gives the same bits on every run", async () => {
    const [logits, labels] = [randomOperand([3000, 10], 5), operand([3000], ...new Array<number>(3000).fill(4))];
    const first = await loss(logits, labels);
    for (let i = 0; i < 3; i++) expect(await loss(logits, labels)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test.each([
    [[6], [6], "logits has rank 1, expected 2 ([N, C]), got [6]; use reshape to join or add axes"],
    [[6, 3], [5], "labels is [5], expected class numbers [6] or probabilities [6, 3] (logits [6, 3])"],
    [[6, 3], [6, 1], "labels is [6, 1], expected class numbers [6] or probabilities [6, 3] (logits [6, 3])"],
    [[6, 3], [], "labels is [], expected class numbers [6] or probabilities [6, 3] (logits [6, 3])"],
  ])("refuses logits %j with labels %j", (logits, labels, message) => {
    expectRefusal(backend(), ShapeError, `softmaxCrossEntropy: ${message}`, () =>
      softmaxCrossEntropy(zeros(...logits), zeros(...labels)),
    );
  });

  test.each([-0.1, 1.5, nan])("refuses a labelSmoothing of %d", (labelSmoothing) => {
    const expected = Number.isNaN(labelSmoothing) ? "a finite number in the range of float32" : "a number from 0 to 1";
    const message = `softmaxCrossEntropy: labelSmoothing is ${labelSmoothing}, expected ${expected}`;
    expectRefusal(backend(), OptionError, message, () =>
      softmaxCrossEntropy(zeros(6, 3), zeros(6), { labelSmoothing }),
    );
  });

  test.each([[[4]], [[1, 3]], [[]]])("refuses classWeights %j", (shape) => {
    const message = `softmaxCrossEntropy: classWeights is [${shape.join(", ")}], expected one weight for each class [3] (logits [6, 3])`;
    expectRefusal(backend(), ShapeError, message, () =>
      softmaxCrossEntropy(zeros(6, 3), zeros(6), { classWeights: zeros(...shape) }),
    );
  });

  test("labels and classWeights have no gradient", () => {
    const [logits, labels, weights] = [zeros(3, 3), zeros(3), backend().tensor([1, 2, 4])];
    const refuses = (input: string, call: () => unknown) =>
      expect(() => backend().tidy(call)).toThrow(
        `softmaxCrossEntropy: ${input} has no gradient; compute them outside of valueAndGradients`,
      );
    refuses("labels", () => valueAndGradients(([labels]) => softmaxCrossEntropy(logits, labels), [labels] as const));
    refuses("classWeights", () =>
      valueAndGradients(([classWeights]) => softmaxCrossEntropy(logits, labels, { classWeights }), [weights] as const),
    );
    weights.dispose();
  });

  test("refuses an unknown reduction", () => {
    const message = 'softmaxCrossEntropy: reduction is "average", expected "mean" or "sum" or "none"';
    expectRefusal(backend(), OptionError, message, () =>
      softmaxCrossEntropy(zeros(6, 3), zeros(6), { reduction: wrong("average") }),
    );
  });
});

test("softmaxCrossEntropy passes validation with its bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  const [logits, labels] = [upload(backend, randomOperand([64, 10], 1)), backend.zeros([64])];
  await softmaxCrossEntropy(logits, labels).read();
  expect(reports.map(({ operator }) => operator)).toEqual(["softmaxCrossEntropy"]);
  expect(reports[0]?.largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});
