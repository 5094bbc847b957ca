import fc from "fast-check";
import { expect, test } from "vitest";
import { pad2dBackward } from "webgpu-cnn";
import { pad2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("pad2dBackward", (backend) => {
  const gradient = (inputShape: readonly number[], dy: oracle.Operand, options: oracle.Pad2dOptions) =>
    evaluate(backend(), () => pad2dBackward(inputShape, upload(backend(), dy), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(pad2dCase(), async ({ xShape, options, seed }) => {
        const dy = randomOperand(oracle.pad2dOutputShape(xShape, options), seed);
        const dx = await gradient(xShape, dy, options);
        expectWithinBound(dx, oracle.pad2dBackward(xShape, dy, options), "pad2dBackward dx");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each(["constant", "reflection", "symmetric", "edge"] as const)(
    "agrees with finite differences of the forward, %s",
    async (mode) => {
      const xShape = [1, 4, 3, 2];
      const options = { padding: [3, 2, 1, 2], mode } as const;
      const dy = randomOperand(oracle.pad2dOutputShape(xShape, options), 2);
      const dx = await gradient(xShape, dy, options);
      const forward = (data: Float64Array) => oracle.pad2d({ data, shape: xShape }, options).values;
      const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
      for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
    },
  );

  test("adds long sums of one sign with a relative error below (8 + log2 K) · 2⁻²⁴", async () => {
    for (const [xShape, padding] of [
      [
        [1, 1, 1, 4],
        [70, 60, 55, 80],
      ],
      [
        [1, 2, 3, 1],
        [0, 1, 4000, 0],
      ],
    ] as const) {
      const options = { padding, mode: "edge" } as const;
      const dyShape = oracle.pad2dOutputShape(xShape, options);
      const dy = { data: new Float32Array(oracle.sizeOf(dyShape)).fill(0.1), shape: dyShape };
      const dx = await gradient(xShape, dy, options);
      const expected = oracle.pad2dBackward(xShape, dy, options);
      const most = Math.max(...dx.map((value, i) => Math.abs(value / (expected.values[i] ?? 0) - 1)));
      expect(most).toBeLessThan((8 + Math.log2(Math.max(...expected.terms))) * 2 ** -24);
    }
  });

  test("gives the same bits on every run", async () => {
    const options = { padding: 7, mode: "edge" } as const;
    const dy = randomOperand([2, 24, 24, 12], 6);
    const first = await gradient([2, 10, 10, 12], dy, options);
    for (let i = 0; i < 3; i++) expect(await gradient([2, 10, 10, 12], dy, options)).toEqual(first);
  });
});
