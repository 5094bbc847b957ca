import fc from "fast-check";
import { expect, test } from "vitest";
import { matmul, matmulBackward } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { existing, gradientsOf } from "../../support/elementwiseValues.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { extentUpTo } from "../../support/geometryParts.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";
import { type Batch, batchCase } from "../../support/shapeArbitraries.js";

const extent = fc.oneof(extentUpTo(9), fc.constantFrom(12, 16, 17, 33, 64));
const FORMS = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

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
  return { a, b, dy: randomOperand(oracle.matmulShape(a.shape, b.shape, options), seed + 2) };
}

describeOnEachBackend("matmulBackward", (backend) => {
  async function gradients(a: oracle.Operand, b: oracle.Operand, dy: oracle.Operand, options: oracle.MatmulOptions) {
    const { da, db } = backend().tidy(() => {
      const [aTensor, bTensor, dyTensor] = [upload(backend(), a), upload(backend(), b), upload(backend(), dy)];
      return matmulBackward(aTensor, bTensor, dyTensor, {
        transposeA: options.transposeA,
        transposeB: options.transposeB,
      });
    });
    const values = { da: await da.read(), db: await db.read() };
    expect([da.shape, db.shape]).toEqual([a.shape, b.shape]);
    da.dispose();
    db.dispose();
    return values;
  }

  test("keeps the numerical promise over random extents", async () => {
    await fc.assert(
      fc.asyncProperty(extent, extent, extent, fc.constantFrom(...FORMS), fc.nat(), async (m, n, k, form, seed) => {
        const { a, b, dy } = operands(m, n, k, form, seed);
        const { da, db } = await gradients(a, b, dy, form);
        const expected = oracle.matmulBackward(a, b, dy, form);
        expectWithinBound(da, expected.da, "matmulBackward da");
        expectWithinBound(db, expected.db, "matmulBackward db");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("sums over the stretched axes of a factor", async () => {
    await fc.assert(
      fc.asyncProperty(
        batchCase(),
        fc.tuple(extent, extent, extent),
        fc.constantFrom(...FORMS),
        fc.nat(),
        async (batch, [m, n, k], form, seed) => {
          const { a, b, dy } = operands(m, n, k, form, seed, batch);
          const { da, db } = await gradients(a, b, dy, form);
          const expected = oracle.matmulBackward(a, b, dy, form);
          expectWithinBound(da, expected.da, "matmulBackward da");
          expectWithinBound(db, expected.db, "matmulBackward db");
        },
      ),
      { numRuns: sampled(40) },
    );
  });

  test.each(
    sampledCases([
      [[4], []],
      [[], [4]],
      [
        [2, 1],
        [1, 3],
      ],
    ] as const),
  )("agrees with valueAndGradients for a batch of %j and %j with a bias", async (aBatch, bBatch) => {
    const { a, b, dy } = operands(5, 8, 6, {}, 3, [aBatch, bBatch]);
    const bias = randomOperand([8], 9);
    const found = await gradientsOf(backend(), [a, b, bias], dy, ([a, b, bias]) =>
      matmul(existing(a), existing(b), { bias, activation: "relu" }),
    );
    const y = oracle.matmul(a, b, { bias });
    const masked = { data: dy.data.map((value, i) => (oracle.at(y.values, i) > 0 ? value : 0)), shape: dy.shape };
    const { da, db } = oracle.matmulBackward(a, b, masked);
    expectWithinBound(existing(found[0]), da, "matmul da");
    expectWithinBound(existing(found[1]), db, "matmul db");
    const axes = [...dy.shape.keys()].slice(0, -1);
    expectWithinBound(existing(found[2]), oracle.reduceSum(masked, { axes }), "matmul dbias");
  });

  test.each(FORMS)("agrees with finite differences of a batch, %o", async (form) => {
    const { a, b, dy } = operands(2, 3, 2, form, 1, [[2, 1], [3]]);
    const { da, db } = await gradients(a, b, dy, form);
    const ofA = (data: Float64Array) => oracle.matmul({ data, shape: a.shape }, b, form).values;
    const ofB = (data: Float64Array) => oracle.matmul(a, { data, shape: b.shape }, form).values;
    for (const [i, slope] of oracle.finiteDifference(ofA, a.data, dy.data).entries()) {
      expect(da[i]).toBeCloseTo(slope, 5);
    }
    for (const [i, slope] of oracle.finiteDifference(ofB, b.data, dy.data).entries()) {
      expect(db[i]).toBeCloseTo(slope, 5);
    }
  });

  test.each(FORMS)("agrees with finite differences of the forward, %o", async (form) => {
    const { a, b, dy } = operands(3, 5, 4, form, 1);
    const { da, db } = await gradients(a, b, dy, form);
    const ofA = (data: Float64Array) => oracle.matmul({ data, shape: a.shape }, b, form).values;
    const ofB = (data: Float64Array) => oracle.matmul(a, { data, shape: b.shape }, form).values;
    for (const [i, slope] of oracle.finiteDifference(ofA, a.data, dy.data).entries()) {
      expect(da[i]).toBeCloseTo(slope, 5);
    }
    for (const [i, slope] of oracle.finiteDifference(ofB, b.data, dy.data).entries()) {
      expect(db[i]).toBeCloseTo(slope, 5);
    }
  });

  test("gives the same bits on every run", async () => {
    const { a, b, dy } = operands(64, 84, 120, {}, 5);
    const first = await gradients(a, b, dy, {});
    for (let i = 0; i < 3; i++) expect(await gradients(a, b, dy, {})).toEqual(first);
  });
});
