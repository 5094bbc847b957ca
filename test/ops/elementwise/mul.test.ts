import fc from "fast-check";
import { expect, test } from "vitest";
import { mul } from "webgpu-cnn";
import { broadcastingShapes } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

describeOnEachBackend("mul", (backend) => {
  const evaluateOn = (a: oracle.Operand, b: oracle.Operand) =>
    evaluate(backend(), () => mul(upload(backend(), a), upload(backend(), b)));

  test("keeps the numerical promise over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(broadcastingShapes(), fc.nat(), async ([aShape, bShape], seed) => {
        const [a, b] = [randomOperand(aShape, seed), randomOperand(bShape, seed + 1)];
        expectWithinBound(await evaluateOn(a, b), oracle.mul(a, b), "mul y");
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ["two scalars", [], []],
    ["a scalar", [33, 31], []],
    ["a scalar, vectors of four", [], [20, 16]],
    ["a bias", [64, 24, 24, 8], [8]],
    ["a bias, odd", [640, 10], [10]],
    ["a channel of nchw", [3, 5, 12, 12], [5, 1, 1]],
    ["an outer sum", [300, 1], [1, 300]],
    ["axes in turn, eight of them", [2, 1, 3, 1, 2, 1, 3, 1], [1, 2, 1, 3, 1, 2, 1, 4]],
    ["axes in turn, within fours", [1, 4, 1, 4, 1, 4, 1, 4], [4, 1, 4, 1, 4, 1, 4, 1]],
    ["the smaller first", [7], [5, 6, 7]],
  ] as const)("%s", async (_, aShape, bShape) => {
    const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
    expectWithinBound(await evaluateOn(a, b), oracle.mul(a, b), "mul y");
  });

  test("takes one tensor twice", async () => {
    const a = randomOperand([5, 8], 1);
    const y = await evaluate(backend(), () => {
      const x = upload(backend(), a);
      return mul(x, x);
    });
    expectWithinBound(y, oracle.mul(a, a), "mul y");
  });

  test("carries NaN and infinities", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const a = { data: Float32Array.of(nan, infinity, infinity, 0), shape: [4] };
    const b = { data: Float32Array.of(0, -2, 0, nan), shape: [4] };
    expect([...(await evaluateOn(a, b))]).toEqual([nan, -infinity, nan, nan]);
  });
});
