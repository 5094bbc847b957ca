import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2dBackwardBias } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { conv2dCase } from "../../support/convolutionCases.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("conv2dBackwardBias", (backend) => {
  const gradient = (dy: oracle.Operand, options = {}) =>
    evaluate(backend(), () => conv2dBackwardBias(upload(backend(), dy), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(conv2dCase(), async ({ xShape, wShape, options, seed }) => {
        const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), seed);
        expectWithinBound(await gradient(dy, options), oracle.conv2dBackwardBias(dy, options), "conv2dBackwardBias db");
      }),
      { numRuns: sampled(60) },
    );
  });

  test.each(
    sampledCases([
      ["one element", [1, 1, 1, 1]],
      ["one channel, a long sum", [16, 40, 41, 1]],
      ["many channels, a short sum", [1, 1, 2, 1028]],
      ["a batch of 70,000", [70_000, 1, 1, 3]],
    ] as const),
  )("keeps the numerical promise: %s", async (_, shape) => {
    const dy = randomOperand(shape, 1);
    expectWithinBound(await gradient(dy), oracle.conv2dBackwardBias(dy, {}), "conv2dBackwardBias db");
  });

  test("agrees with finite differences of the forward", async () => {
    const x = randomOperand([2, 5, 4, 2], 1);
    const w = randomOperand([3, 2, 2, 3], 2);
    const dy = randomOperand(oracle.conv2dOutputShape(x.shape, w.shape, {}), 3);
    const db = await gradient(dy);
    const forward = (data: Float64Array) => oracle.conv2d(x, w, { bias: { data, shape: [3] } }).values;
    const slopes = oracle.finiteDifference(forward, [0.5, -0.5, 0.25], dy.data);
    for (const [i, slope] of slopes.entries()) expect(db[i]).toBeCloseTo(slope, 5);
  });

  test("gives the same bits on every run", async () => {
    const dy = randomOperand([8, 30, 30, 10], 5);
    const first = await gradient(dy);
    for (let i = 0; i < 3; i++) expect(await gradient(dy)).toEqual(first);
  });
});
