import fc from "fast-check";
import { expect, test } from "vitest";
import { meanSquaredError, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("meanSquaredError", (backend) => {
  const loss = (predictions: oracle.Operand, targets: oracle.Operand) =>
    evaluate(backend(), () => meanSquaredError(upload(backend(), predictions), upload(backend(), targets)));

  test("keeps the numerical promise over random shapes", async () => {
    const shape = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(shape, fc.nat(), async (shape, seed) => {
        const [predictions, targets] = [randomOperand(shape, seed), randomOperand(shape, seed + 1)];
        const expected = oracle.meanSquaredError(predictions, targets);
        expectWithinBound(await loss(predictions, targets), expected, "meanSquaredError loss");
      }),
      { numRuns: sampled(100) },
    );
  });

  test.each([[[100_000]], [[333, 301]], [[64, 28, 28, 1]]])("a long sum: %j", async (shape) => {
    const [predictions, targets] = [randomOperand(shape, 1), randomOperand(shape, 2)];
    const expected = oracle.meanSquaredError(predictions, targets);
    expectWithinBound(await loss(predictions, targets), expected, "meanSquaredError loss");
  });

  test("known values, NaN and infinities", async () => {
    const operand = (...values: number[]) => ({ data: Float32Array.from(values), shape: [values.length] });
    expect((await loss(operand(1, 2, 3), operand(1, 4, 7)))[0]).toBeCloseTo(20 / 3, 5);
    expect([...(await loss(operand(1, Number.NaN), operand(1, 1)))]).toEqual([Number.NaN]);
    const infinite = operand(1, Number.NEGATIVE_INFINITY);
    expect([...(await loss(infinite, operand(1, 1)))]).toEqual([Number.POSITIVE_INFINITY]);
  });

  test("gives the same bits on every run", async () => {
    const [predictions, targets] = [randomOperand([50_001], 1), randomOperand([50_001], 2)];
    const first = await loss(predictions, targets);
    for (let i = 0; i < 3; i++) expect(await loss(predictions, targets)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses shapes that differ", () => {
    const message = "meanSquaredError: targets is [3, 1], expected the shape of predictions [3]";
    expectRefusal(backend(), ShapeError, message, () => meanSquaredError(zeros(3), zeros(3, 1)));
  });
});
