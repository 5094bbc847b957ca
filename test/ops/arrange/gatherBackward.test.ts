import fc from "fast-check";
import { expect, test } from "vitest";
import { gatherBackward } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { gatherCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("gatherBackward", (backend) => {
  const gradient = (shape: readonly number[], indices: oracle.Operand, dy: oracle.Operand, axis = 0) =>
    evaluate(backend(), () => gatherBackward(shape, upload(backend(), indices), upload(backend(), dy), { axis }));

  test("keeps the numerical promise over random shapes, axes and indices", async () => {
    await fc.assert(
      fc.asyncProperty(gatherCase(), async ({ shape, axis, indices, seed }) => {
        const dy = randomOperand(oracle.gatherShape(shape, indices.shape, axis), seed);
        const expected = oracle.gatherBackward(shape, indices, dy, axis);
        expectWithinBound(await gradient(shape, indices, dy, axis), expected, "gatherBackward dx");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const [shape, indices] = [[4, 3], { data: Float32Array.of(1, 3, -1, 1, 7), shape: [5] }];
    const dy = randomOperand([5, 3], 2);
    const dx = await gradient(shape, indices, dy);
    const forward = (data: Float64Array) => oracle.gather({ data, shape }, indices, 0).values;
    for (const [i, slope] of oracle.finiteDifference(forward, randomOperand(shape, 3).data, dy.data).entries()) {
      expect(dx[i]).toBeCloseTo(slope, 5);
    }
  });

  test.each([37, 64, 200])("keeps the numerical promise for rows of %i elements", async (inner) => {
    const indices = { data: randomIntegers(60, 1), shape: [60] };
    const dy = randomOperand([2, 60, inner], 2);
    const shape = [2, 40, inner];
    const expected = oracle.gatherBackward(shape, indices, dy, 1);
    expectWithinBound(await gradient(shape, indices, dy, 1), expected, "gatherBackward dx");
  });

  test.each([1000, 4096, 30_001])("adds %i copies of one row accurately", async (count) => {
    const indices = { data: new Float32Array(count).fill(1), shape: [count] };
    // Terms of one sign, with rounding errors of one sign.
    const dy = { data: Float32Array.from({ length: count }, (_, i) => 0.1 + (i % 3) / 64), shape: [count, 1] };
    const dx = await gradient([3, 1], indices, dy);
    const exact = dy.data.reduce((sum, value) => sum + value, 0);
    expect(dx[0]).toBe(0);
    expect(Math.abs(oracle.at(dx, 1) - exact) / exact).toBeLessThan((8 + Math.log2(count)) * 2 ** -24);
  });

  test("a NaN or infinity reaches only its own rows", async () => {
    const indices = { data: Float32Array.of(0, 1, 2, 9, 1), shape: [5] };
    const dy = randomOperand([5, 4], 1);
    dy.data[5] = Number.NaN;
    dy.data[8] = Number.POSITIVE_INFINITY;
    dy.data[13] = Number.NaN;
    expectWithinBound(await gradient([4, 4], indices, dy), oracle.gatherBackward([4, 4], indices, dy, 0), "dx");
  });

  test("gives the same bits on every run", async () => {
    const indices = { data: randomIntegers(700, 1).map((value) => Math.abs(value) % 9), shape: [700] };
    const dy = randomOperand([700, 8], 2);
    const first = await gradient([9, 8], indices, dy);
    for (let i = 0; i < 3; i++) expect(await gradient([9, 8], indices, dy)).toEqual(first);
  });
});
