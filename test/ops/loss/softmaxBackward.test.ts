import fc from "fast-check";
import { expect, test } from "vitest";
import { ShapeError, softmaxBackward } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("softmaxBackward", (backend) => {
  const gradient = (y: oracle.Operand, dy: oracle.Operand) =>
    evaluate(backend(), () => softmaxBackward(upload(backend(), y), upload(backend(), dy)));

  test("keeps the numerical promise over random shapes", async () => {
    const shape = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shape, fc.nat(), async (shape, seed) => {
        const [y, dy] = [randomOperand(shape, seed), randomOperand(shape, seed + 1)];
        expectWithinBound(await gradient(y, dy), oracle.softmaxBackward(y, dy), "softmaxBackward dx");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const [x, dy] = [randomOperand([2, 7], 1), randomOperand([2, 7], 2)];
    const forward = (data: Float64Array) => oracle.softmax({ data, shape: [2, 7] }).values;
    const y = { data: forward(Float64Array.from(x.data)), shape: [2, 7] };
    const dx = await gradient({ ...y, data: Float32Array.from(y.data) }, dy);
    const slopes = oracle.finiteDifference(forward, x.data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("a NaN gives NaN in its row only", async () => {
    const [y, dy] = [randomOperand([3, 4], 1), randomOperand([3, 4], 2)];
    dy.data[5] = Number.NaN;
    expectWithinBound(await gradient(y, dy), oracle.softmaxBackward(y, dy), "softmaxBackward dx");
  });

  test("gives the same bits on every run", async () => {
    const [y, dy] = [randomOperand([600, 12], 1), randomOperand([600, 12], 2)];
    const first = await gradient(y, dy);
    for (let i = 0; i < 3; i++) expect(await gradient(y, dy)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message = "softmaxBackward: dy is [3, 5], expected the forward's output [3, 4]";
    expectRefusal(backend(), ShapeError, message, () => softmaxBackward(zeros(3, 4), zeros(3, 5)));
  });
});
