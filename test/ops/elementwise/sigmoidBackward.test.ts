import fc from "fast-check";
import { expect, test } from "vitest";
import { sigmoid, sigmoidBackward } from "webgpu-cnn";
import { anyShape } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

describeOnEachBackend("sigmoidBackward", (backend) => {
  const gradient = (y: oracle.Operand, dy: oracle.Operand) =>
    evaluate(backend(), () => sigmoidBackward(upload(backend(), y), upload(backend(), dy)));

  test("keeps the numerical promise over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), fc.nat(), async (shape, seed) => {
        const [y, dy] = [randomOperand(shape, seed), randomOperand(shape, seed + 1)];
        expectWithinBound(await gradient(y, dy), oracle.sigmoidBackward(y, dy), "sigmoidBackward dx");
      }),
      { numRuns: 60 },
    );
  });

  test("keeps its digits where the forward is flat", async () => {
    const y = { data: Float32Array.from({ length: 1000 }, (_, i) => 1 - (i + 1) * 2 ** -24), shape: [1000] };
    const dy = randomOperand([1000], 1);
    expectWithinBound(await gradient(y, dy), oracle.sigmoidBackward(y, dy), "sigmoidBackward dx");
  });

  test("agrees with finite differences of the forward", async () => {
    const [x, dy] = [randomOperand([4, 5], 1), randomOperand([4, 5], 2)];
    const y = await evaluate(backend(), () => sigmoid(upload(backend(), x)));
    const dx = await gradient({ data: y, shape: x.shape }, dy);
    const forward = (data: Float64Array) => oracle.sigmoid({ data, shape: x.shape }).values;
    for (const [i, slope] of oracle.finiteDifference(forward, x.data, dy.data).entries()) {
      expect(dx[i]).toBeCloseTo(slope, 5);
    }
  });

  test("keeps NaN of either, and infinite gradients", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const y = { data: Float32Array.of(nan, 0.5, 0.25, 0.5), shape: [4] };
    const dy = { data: Float32Array.of(1, nan, infinity, -infinity), shape: [4] };
    expect([...(await gradient(y, dy))]).toEqual([nan, nan, infinity, -infinity]);
  });
});
