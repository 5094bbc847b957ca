import fc from "fast-check";
import { expect, test } from "vitest";
import { sigmoid } from "webgpu-cnn";
import { anyShape } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { mulberry32, randomOperand } from "../../support/random.js";

describeOnEachBackend("sigmoid", (backend) => {
  const activate = (x: oracle.Operand) => evaluate(backend(), () => sigmoid(upload(backend(), x)));

  test("keeps its bound over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), fc.nat(), async (shape, seed) => {
        const x = randomOperand(shape, seed);
        expectWithinBound(await activate(x), oracle.sigmoid(x), "sigmoid y");
      }),
      { numRuns: 60 },
    );
  });

  test("keeps its bound from the smallest to the largest numbers, of either sign", async () => {
    const next = mulberry32(7);
    const data = Float32Array.from({ length: 40_000 }, () => (next() < 0.5 ? -1 : 1) * 2 ** (254 * next() - 126));
    const x = { data, shape: [data.length] };
    expectWithinBound(await activate(x), oracle.sigmoid(x), "sigmoid y");
  });

  test("keeps its bound where it bends", async () => {
    const data = Float32Array.from({ length: 60_001 }, (_, i) => (i - 30_000) / 300);
    const x = { data, shape: [data.length] };
    expectWithinBound(await activate(x), oracle.sigmoid(x), "sigmoid y");
  });

  test("ends where it should, and keeps NaN", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const x = { data: Float32Array.of(-infinity, -1e30, 0, 1e30, infinity, nan, 3.4e38, -3.4e38), shape: [8] };
    expectWithinBound(await activate(x), oracle.sigmoid(x), "sigmoid y");
    expect(oracle.sigmoid(x).values.slice(0, 6)).toEqual(Float64Array.of(0, 0, 0.5, 1, 1, nan));
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([3, 777], 5);
    const first = await activate(x);
    for (let i = 0; i < 3; i++) expect(await activate(x)).toEqual(first);
  });
});
