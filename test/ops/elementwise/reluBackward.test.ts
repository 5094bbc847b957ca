import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2d, relu, reluBackward } from "webgpu-cnn";
import { anyShape } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand, randomOrder } from "../../support/random.js";

describeOnEachBackend("reluBackward", (backend) => {
  const gradient = (y: oracle.Operand, dy: oracle.Operand) =>
    evaluate(backend(), () => reluBackward(upload(backend(), y), upload(backend(), dy)));

  test("is exact over random shapes, with many zeros", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), fc.nat(), async (shape, seed) => {
        const y = { data: randomIntegers(oracle.sizeOf(shape), seed), shape };
        const dy = randomOperand(shape, seed + 1);
        expectWithinBound(await gradient(y, dy), oracle.reluBackward(y, dy), "reluBackward dx");
      }),
      { numRuns: 60 },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const x = { data: randomOrder(30, 1).map((value) => value - 14.5), shape: [5, 6] };
    const dy = randomOperand(x.shape, 2);
    const y = await evaluate(backend(), () => relu(upload(backend(), x)));
    const dx = await gradient({ data: y, shape: x.shape }, dy);
    const slopes = oracle.finiteDifference((data) => oracle.relu({ data, shape: x.shape }).values, x.data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("serves an activation that is fused into a convolution", async () => {
    const [x, w, dy] = [randomOperand([1, 6, 6, 2], 1), randomOperand([3, 3, 2, 4], 2), randomOperand([1, 4, 4, 4], 3)];
    const fused = await evaluate(backend(), () => {
      const y = conv2d(upload(backend(), x), upload(backend(), w), { activation: "relu" });
      return reluBackward(y, upload(backend(), dy));
    });
    const before = oracle.conv2d(x, w, {}).values;
    expect([...fused]).toEqual(Array.from(dy.data, (value, i) => (oracle.valueAt(before, i) > 0 ? value : 0)));
  });

  test("lets the gradient pass where y is NaN, whatever it is", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const y = { data: Float32Array.of(nan, nan, infinity, 0, 0, -0, 1, -1), shape: [8] };
    const dy = { data: Float32Array.of(3, nan, 4, nan, infinity, 5, nan, nan), shape: [8] };
    expect([...(await gradient(y, dy))]).toEqual([3, nan, 4, 0, 0, 0, nan, 0]);
  });
});
