import fc from "fast-check";
import { expect, test } from "vitest";
import { logSoftmax, logSoftmaxBackward, mul, reduceSum, ShapeError, valueAndGradients } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("logSoftmaxBackward", (backend) => {
  const gradient = (y: oracle.Operand, dy: oracle.Operand) =>
    evaluate(backend(), () => logSoftmaxBackward(upload(backend(), y), upload(backend(), dy)));

  test("keeps its bound over random shapes", async () => {
    const shape = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shape, fc.constantFrom(1, 20, 200), fc.nat(), async (shape, spread, seed) => {
        const [random, dy] = [randomOperand(shape, seed), randomOperand(shape, seed + 1)];
        const y = { data: random.data.map((value) => -Math.abs(value) * spread), shape };
        expectWithinBound(await gradient(y, dy), oracle.logSoftmaxBackward(y, dy), "logSoftmaxBackward dx");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("agrees with finite differences of the forward and with valueAndGradients", async () => {
    const [x, dy] = [randomOperand([2, 7], 1), randomOperand([2, 7], 2)];
    const forward = (data: Float64Array) => oracle.logSoftmax({ data, shape: [2, 7] }).values;
    const y = { data: Float32Array.from(forward(Float64Array.from(x.data))), shape: [2, 7] };
    const dx = await gradient(y, dy);
    const slopes = oracle.finiteDifference(forward, x.data, dy.data);
    const found = await evaluate(backend(), () => {
      const weights = upload(backend(), dy);
      return valueAndGradients(([x]) => reduceSum(mul(logSoftmax(x), weights)), [upload(backend(), x)] as const)
        .gradients[0];
    });
    for (const [i, slope] of slopes.entries()) {
      expect(dx[i]).toBeCloseTo(slope, 5);
      expect(found[i]).toBeCloseTo(slope, 5);
    }
  });

  test("a NaN gives NaN in its row only, and a class of probability 0 gets its own dy", async () => {
    const [y, dy] = [randomOperand([3, 4], 1), randomOperand([3, 4], 2)];
    dy.data[5] = Number.NaN;
    y.data[1] = Number.NEGATIVE_INFINITY;
    const dx = await gradient(y, dy);
    expectWithinBound(dx, oracle.logSoftmaxBackward(y, dy), "logSoftmaxBackward dx");
    expect(dx[1]).toBe(dy.data[1]);
  });

  test("gives the same bits on every run", async () => {
    const [y, dy] = [randomOperand([600, 12], 1), randomOperand([600, 12], 2)];
    const first = await gradient(y, dy);
    for (let i = 0; i < 3; i++) expect(await gradient(y, dy)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message = "logSoftmaxBackward: dy is [3, 5], expected the forward's output [3, 4]";
    expectRefusal(backend(), ShapeError, message, () => logSoftmaxBackward(zeros(3, 4), zeros(3, 5)));
  });
});
