import fc from "fast-check";
import { expect, test } from "vitest";
import { createBackend, OptionError, ShapeError, softmaxCrossEntropy, type ValidationReport } from "webgpu-cnn";
import { describeOnEveryBackend, evaluate, upload } from "../../support/backends.js";
import { crossEntropyCase } from "../../support/crossEntropyCase.js";
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
    evaluate(backend(), () => softmaxCrossEntropy(upload(backend(), logits), upload(backend(), labels), options));

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
  ] as const)("%s", async (_, n, c) => {
    const logits = randomOperand([n, c], 1);
    const labels = operand([n], ...Array.from({ length: n }, (_, i) => (i * 7) % c));
    for (const reduction of ["mean", "sum", "none"] as const) {
      const expected = oracle.softmaxCrossEntropy(logits, labels, { reduction });
      expectWithinBound(await loss(logits, labels, { reduction }), expected, "softmaxCrossEntropy loss");
    }
  });

  test("known values", async () => {
    expect((await loss(operand([2, 2], 0, 0, 0, 0), operand([2], 0, 1)))[0]).toBeCloseTo(Math.LN2, 6);
    const halves = operand([1, 4], 0.25, 0.25, 0.25, 0.25);
    expect((await loss(operand([1, 4], 5, 5, 5, 5), halves, { reduction: "sum" }))[0]).toBeCloseTo(Math.log(4), 6);
  });

  test("overflows nowhere", async () => {
    const none = { reduction: "none" } as const;
    const logits = operand([3, 4], 1e30, -1e30, 0, 0, -1e30, 1e30, 1e30, 0, -1e30, -1e30, -1e30, -1e30);
    const losses = await loss(logits, operand([3], 0, 0, 3), none);
    expectWithinBound(losses, oracle.softmaxCrossEntropy(logits, operand([3], 0, 0, 3), none), "loss");
    expect(losses[0]).toBe(0);
    expect(losses[1]).toBe(Math.fround(2e30));
    expect(losses[2]).toBeCloseTo(Math.log(4), 6);
  });

  test("what is no class gives NaN for its row", async () => {
    const logits = randomOperand([8, 3], 1);
    const labels = operand([8], 0, 3, -1, 1.5, nan, 2, infinity, 1e10);
    const losses = await loss(logits, labels, { reduction: "none" });
    expect([...losses].map(Number.isNaN)).toEqual([false, true, true, true, true, false, true, true]);
    expect([...(await loss(logits, labels))]).toEqual([nan]);
  });

  test("a logit of −∞ is a class that cannot be; NaN and +∞ take their rows, and no other", async () => {
    const logits = operand([4, 3], 0, -infinity, 0, 0, nan, 0, 0, 0, infinity, -infinity, 0, 0);
    const losses = await loss(logits, operand([4], 0, 0, 2, 0), { reduction: "none" });
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    expect([...losses.subarray(1)]).toEqual([nan, nan, infinity]);
  });

  test("a class of probability 0 adds nothing, also if its logit is −∞", async () => {
    const logits = operand([1, 3], -infinity, 0, 0);
    expect((await loss(logits, operand([1, 3], 0, 1, 0)))[0]).toBeCloseTo(Math.LN2, 6);
    expect([...(await loss(logits, operand([1, 3], 0.5, 0.5, 0)))]).toEqual([infinity]);
    // But a row that is NaN stays NaN.
    const poisoned = operand([3, 2], 0, nan, 0, infinity, -infinity, -infinity);
    const zeros = operand([3, 2], 0, 0, 0, 0, 0, 0);
    expect([...(await loss(poisoned, zeros, { reduction: "none" }))]).toEqual([nan, nan, nan]);
  });

  test("one-hot labels give the loss of class numbers, for any impossible classes", async () => {
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

  test("refuses an unknown reduction", () => {
    const message = 'softmaxCrossEntropy: reduction is "average", expected "mean" or "sum" or "none"';
    expectRefusal(backend(), OptionError, message, () =>
      softmaxCrossEntropy(zeros(6, 3), zeros(6), { reduction: wrong("average") }),
    );
  });
});

test("validation holds softmaxCrossEntropy to its bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  const [logits, labels] = [upload(backend, randomOperand([64, 10], 1)), backend.zeros([64])];
  await softmaxCrossEntropy(logits, labels).read();
  expect(reports.map(({ operator }) => operator)).toEqual(["softmaxCrossEntropy"]);
  expect(reports[0]?.largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});
