import fc from "fast-check";
import { expect, test } from "vitest";
import { meanSquaredErrorBackward, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("meanSquaredErrorBackward", (backend) => {
  async function gradients(predictions: oracle.Operand, targets: oracle.Operand, dy: oracle.Operand) {
    const made = backend().tidy(() =>
      meanSquaredErrorBackward(upload(backend(), predictions), upload(backend(), targets), upload(backend(), dy)),
    );
    const [dpredictions, dtargets] = await Promise.all([made.dpredictions.read(), made.dtargets.read()]);
    for (const tensor of Object.values(made)) tensor.dispose();
    return { dpredictions, dtargets };
  }

  test("keeps the numerical promise over random shapes", async () => {
    const shape = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(shape, fc.nat(), async (shape, seed) => {
        const [predictions, targets] = [randomOperand(shape, seed), randomOperand(shape, seed + 1)];
        const dy = randomOperand([], seed + 2);
        const { dpredictions, dtargets } = await gradients(predictions, targets, dy);
        const expected = oracle.meanSquaredErrorBackward(predictions, targets, dy);
        expectWithinBound(dpredictions, expected.dpredictions, "meanSquaredErrorBackward dpredictions");
        expectWithinBound(dtargets, expected.dtargets, "meanSquaredErrorBackward dtargets");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const [predictions, targets] = [randomOperand([3, 4], 1), randomOperand([3, 4], 2)];
    const dy = { data: Float32Array.of(1.5), shape: [] };
    const { dpredictions, dtargets } = await gradients(predictions, targets, dy);
    const byPredictions = (data: Float64Array) => oracle.meanSquaredError({ data, shape: [3, 4] }, targets).values;
    const byTargets = (data: Float64Array) => oracle.meanSquaredError(predictions, { data, shape: [3, 4] }).values;
    const slopes = oracle.finiteDifference(byPredictions, predictions.data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dpredictions[i]).toBeCloseTo(slope, 5);
    const targetSlopes = oracle.finiteDifference(byTargets, targets.data, dy.data);
    for (const [i, slope] of targetSlopes.entries()) expect(dtargets[i]).toBeCloseTo(slope, 5);
  });

  test("NaN stays where it is, and the same bits come on every run", async () => {
    const [predictions, targets] = [randomOperand([5001], 1), randomOperand([5001], 2)];
    predictions.data[77] = Number.NaN;
    const dy = randomOperand([], 3);
    const first = await gradients(predictions, targets, dy);
    const expected = oracle.meanSquaredErrorBackward(predictions, targets, dy);
    expectWithinBound(first.dpredictions, expected.dpredictions, "meanSquaredErrorBackward dpredictions");
    for (let i = 0; i < 3; i++) expect(await gradients(predictions, targets, dy)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses shapes that disagree", () => {
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `meanSquaredErrorBackward: ${message}`, call);
    refuses("targets is [4], expected the shape of predictions [3]", () =>
      meanSquaredErrorBackward(zeros(3), zeros(4), zeros()),
    );
    refuses("dy is [3], expected the forward's output [], a scalar", () =>
      meanSquaredErrorBackward(zeros(3), zeros(3), zeros(3)),
    );
  });
});
