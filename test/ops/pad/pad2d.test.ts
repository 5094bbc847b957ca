import fc from "fast-check";
import { expect, test } from "vitest";
import { pad2d } from "webgpu-cnn";
import { pad2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("pad2d", (backend) => {
  const pad = (x: oracle.Operand, options: oracle.Pad2dOptions) =>
    evaluate(backend(), () => pad2d(upload(backend(), x), options));

  test("moves every value exactly over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(pad2dCase(), async ({ xShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        expectWithinBound(await pad(x, options), oracle.pad2d(x, options), "pad2d y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each([
    ["constant", [9, 9, 1, 2, 3, 9]],
    ["reflection", [3, 2, 1, 2, 3, 2]],
    ["symmetric", [2, 1, 1, 2, 3, 3]],
    ["edge", [1, 1, 1, 2, 3, 3]],
  ] as const)("pads in the mode %s", async (mode, expected) => {
    const x = { data: Float32Array.of(1, 2, 3), shape: [1, 1, 3, 1] };
    expect([...(await pad(x, { padding: [0, 0, 2, 1], mode, value: 9 }))]).toEqual(expected);
  });

  // NumPy: np.pad([1, 2, 3], (3, 3), "symmetric"), np.pad([5], (1, 1), "symmetric").
  test.each([
    [[1, 2, 3], 3, [3, 2, 1, 1, 2, 3, 3, 2, 1]],
    [[5], 1, [5, 5, 5]],
  ] as const)("pads all of %j symmetrically", async (row, sides, expected) => {
    const x = { data: Float32Array.from(row), shape: [1, row.length, 1, 1] };
    expect([...(await pad(x, { padding: [sides, sides, 0, 0], mode: "symmetric" }))]).toEqual(expected);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e30])("pads with %s", async (value) => {
    const x = randomOperand([1, 2, 2, 4], 1);
    expectWithinBound(await pad(x, { padding: 1, value }), oracle.pad2d(x, { padding: 1, value }), "pad2d y");
  });
});
