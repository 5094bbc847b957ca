import fc from "fast-check";
import { expect, test } from "vitest";
import { addBackward } from "webgpu-cnn";
import { broadcastingShapes } from "../../support/arbitraries.js";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

describeOnEachBackend("addBackward", (backend) => {
  /** da and db, read, with everything else disposed of. */
  async function gradients(a: oracle.Operand, b: oracle.Operand, dy: oracle.Operand) {
    const { da, db } = backend().tidy(() => addBackward(a.shape, b.shape, upload(backend(), dy)));
    const values = await Promise.all([da.read(), db.read()]);
    expect([da.shape, db.shape]).toEqual([a.shape, b.shape]);
    da.dispose();
    db.dispose();
    return { da: values[0], db: values[1] };
  }

  const operands = (aShape: readonly number[], bShape: readonly number[], seed: number) =>
    [
      randomOperand(aShape, seed),
      randomOperand(bShape, seed + 1),
      randomOperand(oracle.broadcastShape(aShape, bShape), seed + 2),
    ] as const;

  async function expectGradients([a, b, dy]: ReturnType<typeof operands>): Promise<void> {
    const actual = await gradients(a, b, dy);
    const expected = oracle.addBackward(a.shape, b.shape, dy);
    expectWithinBound(actual.da, expected.da, "addBackward da");
    expectWithinBound(actual.db, expected.db, "addBackward db");
  }

  test("keeps the numerical promise over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(broadcastingShapes(), fc.nat(), ([aShape, bShape], seed) =>
        expectGradients(operands(aShape, bShape, seed)),
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ["two scalars", [], []],
    ["a scalar", [331, 32], []],
    ["a bias", [64, 24, 24, 8], [8]],
    ["a bias, odd", [640, 10], [10]],
    ["a channel of nchw", [3, 5, 12, 12], [5, 1, 1]],
    ["both stretched", [300, 1], [1, 300]],
    ["axes in turn", [2, 1, 3, 1, 2, 1, 3, 1], [1, 2, 1, 3, 1, 2, 1, 4]],
  ] as const)("%s", (_, aShape, bShape) => expectGradients(operands(aShape, bShape, 1)));

  test("agrees with finite differences of the forward", async () => {
    const [a, b, dy] = operands([3, 1, 4], [2, 1], 3);
    const { da, db } = await gradients(a, b, dy);
    const slopes = [
      oracle.finiteDifference((data) => oracle.add({ ...a, data }, b).values, a.data, dy.data),
      oracle.finiteDifference((data) => oracle.add(a, { ...b, data }).values, b.data, dy.data),
    ];
    for (const [k, gradient] of [da, db].entries()) {
      for (const [i, slope] of slopes[k]?.entries() ?? []) expect(gradient[i]).toBeCloseTo(slope, 5);
    }
  });

  test("gives the same bits on every run", async () => {
    const [a, b, dy] = operands([5000, 3], [3], 4);
    const first = await gradients(a, b, dy);
    for (let i = 0; i < 3; i++) expect(await gradients(a, b, dy)).toEqual(first);
  });
});
