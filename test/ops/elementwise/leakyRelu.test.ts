import fc from "fast-check";
import { expect, test } from "vitest";
import { leakyRelu } from "webgpu-cnn";
import { anyShape, SPECIAL_VALUES } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

const slopes = fc.constantFrom(0, 0.01, 0.3, 1, 2.5, -0.5);

describeOnEachBackend("leakyRelu", (backend) => {
  const activate = (x: oracle.Operand, options = {}) =>
    evaluate(backend(), () => leakyRelu(upload(backend(), x), options));

  test("keeps the numerical promise over random shapes and slopes", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), slopes, fc.nat(), async (shape, alpha, seed) => {
        const x = randomOperand(shape, seed);
        expectWithinBound(await activate(x, { alpha }), oracle.leakyRelu(x, alpha), "leakyRelu y");
      }),
      { numRuns: 60 },
    );
  });

  test("has a slope of 0.01 by default", async () => {
    const x = { data: Float32Array.of(-100, 100), shape: [2] };
    expect([...(await activate(x))]).toEqual([Math.fround(-100 * Math.fround(0.01)), 100]);
  });

  test("keeps NaN, and takes infinities as they come", async () => {
    const x = { data: SPECIAL_VALUES, shape: [SPECIAL_VALUES.length] };
    expectWithinBound(await activate(x, { alpha: 0.5 }), oracle.leakyRelu(x, 0.5), "leakyRelu y");
  });
});
