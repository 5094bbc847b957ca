import fc from "fast-check";
import { expect, test } from "vitest";
import { globalMaxPool2d, globalMaxPool2dBackward, mul, reduceSum, valueAndGradients } from "webgpu-cnn";
import { imageCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand, randomOrder } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

type Options = oracle.GlobalPool2dOptions & { readonly ties?: "first" | "all" };

describeOnEachBackend("globalMaxPool2dBackward", (backend) => {
  const gradient = (x: oracle.Operand, dy: oracle.Operand, options: Options = {}) =>
    evaluate(backend(), () => globalMaxPool2dBackward(upload(backend(), x), upload(backend(), dy), options));

  test.each(sampledCases(["first", "all"] as const))(
    "moves dy exactly over random geometry with many ties, %s",
    async (ties) => {
      await fc.assert(
        fc.asyncProperty(imageCase(), async ({ xShape, layout, seed }) => {
          const x = { data: randomIntegers(oracle.sizeOf(xShape), seed), shape: xShape };
          if (seed % 3 === 0) x.data[seed % x.data.length] = Number.NaN;
          if (seed % 4 === 0) x.data[(seed >> 3) % x.data.length] = Number.NaN;
          const dy = randomOperand(oracle.globalPool2dOutputShape(xShape, { layout }), seed + 1);
          const dx = await gradient(x, dy, { layout, ties });
          const expected = oracle.globalMaxPool2dBackward(x, dy, { layout, ties });
          expectWithinBound(dx, expected, "globalMaxPool2dBackward dx");
        }),
        { numRuns: sampled(60) },
      );
    },
  );

  test.each(sampledCases(["first", "all"] as const))(
    "moves dy exactly for pixels in slices, with ties between slices and NaN, %s",
    async (ties) => {
      const x = { data: randomIntegers(2 * 91 * 83 * 4, 1), shape: [2, 91, 83, 4] };
      for (const i of [9001, 4 * 91 * 83 - 1, 4]) x.data[i] = Number.NaN;
      const dy = randomOperand([2, 1, 1, 4], 2);
      const expected = oracle.globalMaxPool2dBackward(x, dy, { ties });
      expectWithinBound(await gradient(x, dy, { ties }), expected, "globalMaxPool2dBackward dx");
    },
  );

  test("gives an infinite or NaN dy to the largest pixel only", async () => {
    const x = { data: Float32Array.of(1, 5, 2, 7, 7, 7, -1, -1), shape: [1, 2, 2, 2] };
    const dy = { data: Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY), shape: [1, 1, 1, 2] };
    const none = [0, 0, 0, Number.NEGATIVE_INFINITY, Number.NaN, 0, 0, 0];
    expect([...(await gradient(x, dy))]).toEqual(none);
  });

  test("agrees with finite differences of the forward and with valueAndGradients", async () => {
    const x = { data: randomOrder(2 * 5 * 3 * 3, 1), shape: [2, 5, 3, 3] };
    const dy = randomOperand([2, 1, 1, 3], 2);
    const dx = await gradient(x, dy);
    const forward = (data: Float64Array) => oracle.globalMaxPool2d({ data, shape: x.shape }).values;
    const slopes = oracle.finiteDifference(forward, x.data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
    const taped = await evaluate(backend(), () => {
      const loss = ([x]: readonly [ReturnType<typeof upload>]) =>
        reduceSum(mul(globalMaxPool2d(x), upload(backend(), dy)));
      return valueAndGradients(loss, [upload(backend(), x)] as const).gradients[0];
    });
    expect(taped).toEqual(dx);
  });
});
