import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2d, matmul, reshape } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { extentUpTo } from "../../support/geometryParts.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";
import { type Batch, batchCase } from "../../support/shapeArbitraries.js";

/** Small extents, and those around the edges of tiles and lanes. */
const extent = fc.oneof(extentUpTo(9), fc.constantFrom(12, 15, 16, 17, 31, 32, 33, 64, 65));

const matmulCase = fc.record({
  m: extent,
  n: extent,
  k: extent,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  bias: fc.boolean(),
  activation: fc.constantFrom("none", "relu"),
  seed: fc.nat({ max: 2 ** 31 - 1 }),
});

/** The shapes of the stored factors of m × k by k × n products. */
function operands(
  m: number,
  n: number,
  k: number,
  options: oracle.MatmulOptions,
  seed: number,
  [aBatch, bBatch]: Batch = [[], []],
) {
  const a = randomOperand([...aBatch, ...(options.transposeA ? [k, m] : [m, k])], seed);
  const b = randomOperand([...bBatch, ...(options.transposeB ? [n, k] : [k, n])], seed + 1);
  return { a, b };
}

const FORMS = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

/** The relative error of sums of up to a million terms of one sign. Added in order, they are 10⁻⁴ to 10⁻³ off. */
const LONG_SUM_ERROR = 1e-5;

describeOnEachBackend("matmul", (backend) => {
  const product = (a: oracle.Operand, b: oracle.Operand, { bias, ...options }: oracle.MatmulOptions = {}) =>
    evaluate(backend(), () =>
      matmul(upload(backend(), a), upload(backend(), b), { ...options, bias: bias && upload(backend(), bias) }),
    );

  test("keeps the numerical promise over random extents", async () => {
    await fc.assert(
      fc.asyncProperty(matmulCase, async ({ m, n, k, bias, seed, ...rest }) => {
        const { a, b } = operands(m, n, k, rest, seed);
        const options = { ...rest, ...(bias ? { bias: randomOperand([n], seed + 2) } : {}) };
        expectWithinBound(await product(a, b, options), oracle.matmul(a, b, options), "matmul y");
      }),
      { numRuns: sampled(150) },
    );
  });

  test("keeps the numerical promise for batches, broadcast over random axes", async () => {
    await fc.assert(
      fc.asyncProperty(batchCase(), matmulCase, async (batch, { m, n, k, bias, seed, ...rest }) => {
        const { a, b } = operands(m, n, k, rest, seed, batch);
        const options = { ...rest, ...(bias ? { bias: randomOperand([n], seed + 2) } : {}) };
        expectWithinBound(await product(a, b, options), oracle.matmul(a, b, options), "matmul y");
      }),
      { numRuns: sampled(60) },
    );
  });

  test("broadcasts the axes before the matrices", () => {
    const shapeOf = (a: readonly number[], b: readonly number[]) =>
      backend().tidy(() => matmul(backend().zeros(a), backend().zeros(b)).shape);
    expect(shapeOf([5, 2, 3], [3, 4])).toEqual([5, 2, 4]);
    expect(shapeOf([2, 3], [5, 3, 4])).toEqual([5, 2, 4]);
    expect(shapeOf([6, 1, 2, 3], [5, 3, 4])).toEqual([6, 5, 2, 4]);
    expect(shapeOf([1, 1, 2, 3], [3, 4])).toEqual([1, 1, 2, 4]);
  });

  test("a NaN or infinity reaches only the products of its own matrix", async () => {
    const { a, b } = operands(6, 8, 12, {}, 7, [[3], [3]]);
    a.data[80] = Number.NaN;
    b.data[0] = Number.POSITIVE_INFINITY;
    expectWithinBound(await product(a, b), oracle.matmul(a, b), "matmul y");
  });

  test("gives the same bits on every run for a batch", async () => {
    const { a, b } = operands(20, 16, 300, {}, 5, [[3, 1], [2]]);
    const first = await product(a, b);
    for (let i = 0; i < 2; i++) expect(await product(a, b)).toEqual(first);
  });

  const EXTENTS = [
    ["one of everything", 1, 1, 1],
    ["a row", 1, 130, 70],
    ["a column", 130, 1, 70],
    ["an outer product", 67, 130, 1],
    ["a dot product", 1, 1, 20_000],
    ["ten classes", 64, 10, 84],
    ["a long sum over few outputs", 10, 12, 4096],
    ["a long sum of a prime number of terms", 5, 12, 4099],
    ["a dense layer", 64, 120, 400],
    ["extents not in fours", 63, 121, 203],
    ["two rows", 2, 45, 270],
    ["a few rows", 6, 27, 41],
    ["two columns", 41, 2, 270],
    ["more rows than a job has", 141, 35, 265],
  ] as const;
  test.each(sampledCases(FORMS.flatMap((form) => EXTENTS.map((extents) => [form, ...extents] as const))))(
    "keeps the numerical promise, %o: %s",
    async (form, _, m, n, k) => {
      const { a, b } = operands(m, n, k, form, 1);
      expectWithinBound(await product(a, b, form), oracle.matmul(a, b, form), "matmul y");
      const options = { ...form, bias: randomOperand([n], 3), activation: "relu" } as const;
      expectWithinBound(await product(a, b, options), oracle.matmul(a, b, options), "matmul y");
    },
  );

  // They are cut into slices, which are added in pairs.
  test.each(
    sampledCases([
      ...FORMS.map((form) => [`a long sum, ${JSON.stringify(form)}`, form, 3, 8, 65_540, [[], []]] as const),
      ["a dot product", {}, 1, 1, 1_000_000, [[], []]],
      ["a sum that ends within a step", {}, 9, 5, 40_003, [[], []]],
      ["a batch", { transposeB: true }, 2, 4, 33_001, [[2, 1], [3]]],
      ["a batch in fours", { transposeA: true }, 2, 4, 32_768, [[2], [2]]],
    ] as const),
  )("sums of one sign stay accurate: %s", async (_, form, m, n, k, batch) => {
    const { a, b } = operands(m, n, k, form, 1, batch);
    const [positiveA, positiveB] = [a, b].map(({ data, shape }) => ({ data: data.map(Math.abs), shape }));
    if (!positiveA || !positiveB) throw new Error("there are two factors");
    const options = { ...form, bias: randomOperand([n], 3), activation: "relu" } as const;
    const y = await product(positiveA, positiveB, options);
    const expected = oracle.matmul(positiveA, positiveB, options);
    const errors = y.map((value, i) => Math.abs(value / (expected.values[i] ?? 0) - 1));
    expect(Math.max(...errors)).toBeLessThan(LONG_SUM_ERROR);
    expect(await product(positiveA, positiveB, options)).toEqual(y);
  });

  test("a NaN or infinity reaches only its own row or column in a long sum", async () => {
    const { a, b } = operands(3, 8, 40_000, {}, 7);
    a.data[50_000] = Number.NaN;
    b.data[39_999 * 8 + 2] = Number.POSITIVE_INFINITY;
    expectWithinBound(await product(a, b), oracle.matmul(a, b), "matmul y");
  });

  test("equals a convolution of one tap to the last bit", async () => {
    const { a, b } = operands(30, 20, 24, {}, 1);
    const y = await evaluate(backend(), () => {
      const [x, w] = [reshape(upload(backend(), a), [1, 5, 6, 24]), reshape(upload(backend(), b), [1, 1, 24, 20])];
      return conv2d(x, w);
    });
    expect(await product(a, b)).toEqual(y);
  });

  test.each(FORMS)("gives the same bits on every run, %o", async (form) => {
    const { a, b } = operands(50, 30, 640, form, 5);
    const first = await product(a, b, form);
    for (let i = 0; i < 3; i++) expect(await product(a, b, form)).toEqual(first);
  });

  test.each(FORMS)("a NaN or infinity reaches only its own row or column, %o", async (form) => {
    for (const [m, n, k] of [
      [6, 7, 9],
      [32, 36, 40],
    ] as const) {
      const { a, b } = operands(m, n, k, form, 7);
      a.data[0] = Number.NaN;
      b.data[b.data.length - 1] = Number.POSITIVE_INFINITY;
      const options = { ...form, activation: "relu" } as const;
      expectWithinBound(await product(a, b, options), oracle.matmul(a, b, options), "matmul y");
    }
  });

  test("is one operator in explain", () => {
    const explained = backend().explain(() => {
      const zeros = (...shape: number[]) => backend().zeros(shape);
      matmul(zeros(64, 400), zeros(400, 120), { bias: zeros(120) });
      matmul(zeros(400, 64), zeros(400, 120), { transposeA: true, activation: "relu" });
      matmul(zeros(64, 400), zeros(120, 400), { transposeB: true, activation: "relu" });
    });
    expect(explained.operators.map(({ operator }) => operator)).toEqual(["matmul", "matmul", "matmul"]);
  });
});
