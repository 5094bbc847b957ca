import fc from "fast-check";
import { expect, test } from "vitest";
import { concat } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { concatCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("concat", (backend) => {
  const joined = (inputs: readonly oracle.Operand[], axis: number) =>
    evaluate(backend(), () =>
      concat(
        inputs.map((x) => upload(backend(), x)),
        axis,
      ),
    );

  test("moves every value exactly over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(concatCase(), async ({ shapes, axis, seed }) => {
        const inputs = shapes.map((shape, i) => randomOperand(shape, seed + i));
        expectWithinBound(await joined(inputs, axis), oracle.concat(inputs, axis), "concat y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each([
    ["a single one", [[2, 3]], 0],
    [
      "channels of a skip connection",
      [
        [2, 9, 7, 16],
        [2, 9, 7, 32],
      ],
      -1,
    ],
    [
      "channels not in fours",
      [
        [2, 5, 7, 16],
        [2, 5, 7, 3],
        [2, 5, 7, 8],
      ],
      3,
    ],
    [
      "batches",
      [
        [3, 8, 8, 4],
        [1, 8, 8, 4],
        [2, 8, 8, 4],
      ],
      0,
    ],
    ["long vectors", [[70_001], [3], [70_000]], 0],
    [
      "five axes",
      [
        [1, 2, 3, 4, 5],
        [1, 2, 7, 4, 5],
      ],
      2,
    ],
  ] as const)("moves every value exactly: %s", async (_, shapes, axis) => {
    const inputs = shapes.map((shape, i) => randomOperand(shape, i));
    expectWithinBound(await joined(inputs, axis), oracle.concat(inputs, axis), "concat y");
  });

  test("accepts a tensor twice and copies its NaN and infinities", async () => {
    const x = backend().tensor([Number.NaN, Number.POSITIVE_INFINITY, -0, 1], [2, 2]);
    const y = concat([x, x], 1);
    expect(y.shape).toEqual([2, 4]);
    expect([...(await y.read())]).toEqual([
      ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY],
      ...[-0, 1, -0, 1],
    ]);
  });
});
