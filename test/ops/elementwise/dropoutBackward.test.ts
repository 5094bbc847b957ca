import fc from "fast-check";
import { expect, test } from "vitest";
import { dropout, dropoutBackward } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("dropoutBackward", (backend) => {
  const gradient = (dy: oracle.Operand, options: oracle.DropoutOptions) =>
    evaluate(backend(), () => dropoutBackward(upload(backend(), dy), options));

  test("applies the forward's mask to dy", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 500 }),
        fc.maxSafeNat(),
        fc.nat(1000),
        fc.nat(2047),
        async (size, seed, step, replica) => {
          const dy = randomOperand([size], seed);
          const options = { rate: 0.35, seed, step, replica };
          const dx = await gradient(dy, options);
          expectWithinBound(dx, oracle.dropout(dy, options), "dropoutBackward dx");
          expect(dx).toEqual(await evaluate(backend(), () => dropout(upload(backend(), dy), options)));
        },
      ),
      { numRuns: sampled(40) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const [x, dy] = [randomOperand([3, 5], 1), randomOperand([3, 5], 2)];
    const options = { rate: 0.5, seed: 9, step: 4, replica: 3 };
    const dx = await gradient(dy, options);
    const forward = (data: Float64Array) => oracle.dropout({ data, shape: [3, 5] }, options).values;
    const slopes = oracle.finiteDifference(forward, x.data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("gives the same bits on every run", async () => {
    const dy = randomOperand([1000], 6);
    const first = await gradient(dy, { rate: 0.2, seed: 1 });
    for (let i = 0; i < 3; i++) expect(await gradient(dy, { rate: 0.2, seed: 1 })).toEqual(first);
  });
});
