import fc from "fast-check";
import { expect, test } from "vitest";
import { slice } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { sliceCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("slice", (backend) => {
  const block = (x: oracle.Operand, starts: readonly number[], sizes: readonly number[]) =>
    evaluate(backend(), () => slice(upload(backend(), x), starts, sizes));

  test("moves every value exactly over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(sliceCase(), async ({ shape, starts, sizes, seed }) => {
        const x = randomOperand(shape, seed);
        expectWithinBound(await block(x, starts, sizes), oracle.slice(x, starts, sizes), "slice y");
      }),
      { numRuns: sampled(150) },
    );
  });

  test.each([
    ["everything", [2, 5, 4, 8], [0, 0, 0, 0], [2, 5, 4, 8]],
    ["one image", [5, 9, 7, 3], [3, 0, 0, 0], [1, 9, 7, 3]],
    ["channels in fours", [2, 5, 7, 16], [0, 0, 0, 4], [2, 5, 7, 8]],
    ["channels that begin between fours", [2, 5, 7, 16], [0, 0, 0, 2], [2, 5, 7, 8]],
    ["a window of an image", [1, 30, 31, 4], [0, 3, 5, 0], [1, 20, 11, 4]],
    ["part of a long vector", [200_001], [100_001], [70_000]],
    ["parts of long rows", [3, 40_001], [1, 3], [2, 33_333]],
    ["rows of 129", [40, 3, 131], [1, 1, 1], [38, 2, 129]],
    ["a scalar", [], [], []],
    ["six axes", [2, 3, 2, 3, 2, 4], [0, 1, 0, 1, 0, 0], [2, 2, 2, 1, 2, 4]],
  ] as const)("moves every value exactly: %s", async (_, shape, starts, sizes) => {
    const x = randomOperand(shape, 1);
    expectWithinBound(await block(x, starts, sizes), oracle.slice(x, starts, sizes), "slice y");
  });

  test("moves NaN, infinities and −0 unchanged", async () => {
    const x = { data: Float32Array.of(1, Number.NaN, -0, Number.NEGATIVE_INFINITY), shape: [4] };
    expect([...(await block(x, [1], [3]))]).toEqual([Number.NaN, -0, Number.NEGATIVE_INFINITY]);
  });
});
