import fc from "fast-check";
import { expect, test } from "vitest";
import { maxPool2dBackward, reluBackward } from "webgpu-cnn";
import { pool2dCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand, randomOrder } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("maxPool2dBackward", (backend) => {
  const gradient = (x: oracle.Operand, dy: oracle.Operand, options: oracle.MaxPool2dBackwardOptions) =>
    evaluate(backend(), () => maxPool2dBackward(upload(backend(), x), upload(backend(), dy), options));

  test.each(["many ties", "no ties"])("keeps the numerical promise over random geometry with %s", async (kind) => {
    await fc.assert(
      fc.asyncProperty(pool2dCase(), async ({ xShape, options, ties, seed }) => {
        const size = oracle.sizeOf(xShape);
        const x = { data: kind === "many ties" ? randomIntegers(size, seed) : randomOrder(size, seed), shape: xShape };
        const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), seed + 1);
        const dx = await gradient(x, dy, { ...options, ties });
        expectWithinBound(dx, oracle.maxPool2dBackward(x, dy, { ...options, ties }), "maxPool2dBackward dx");
      }),
      { numRuns: sampled(80) },
    );
  });

  test.each(sampledCases(["first", "all"] as const))(
    "gives the gradient of windows with NaN and infinities, ties %s",
    async (ties) => {
      const x = { data: randomIntegers(2 * 6 * 6 * 4, 1), shape: [2, 6, 6, 4] };
      for (let i = 0; i < x.data.length; i += 17) x.data[i] = i % 2 ? Number.NaN : Number.NEGATIVE_INFINITY;
      for (let c = 0; c < 4; c++) for (let i = 0; i < 2 * 6; i++) x.data[i * 4 + c] = Number.NaN;
      const options = { windowDimensions: [3, 2], strides: [2, 1], padding: [1, 0, 0, 1], ties } as const;
      const dy = randomOperand(oracle.pool2dOutputShape(x.shape, options), 2);
      const dx = await gradient(x, dy, options);
      expectWithinBound(dx, oracle.maxPool2dBackward(x, dy, options), "maxPool2dBackward dx");
    },
  );

  test.each(sampledCases(["first", "all"] as const))(
    "gives the gradient through the ReLU of x, ties %s",
    async (ties) => {
      await fc.assert(
        fc.asyncProperty(pool2dCase(), async ({ xShape, options, seed }) => {
          const x = { data: randomIntegers(oracle.sizeOf(xShape), seed), shape: xShape };
          // The values of a ReLU, three fifths of them zeros. There are windows of zeros only, and ties of zeros.
          for (const [i, value] of x.data.entries()) x.data[i] = value < 1 ? 0 : value;
          x.data[seed % x.data.length] = Number.NaN;
          const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), seed + 1);
          const dx = await gradient(x, dy, { ...options, ties, rectified: true });
          expectWithinBound(dx, oracle.maxPool2dBackward(x, dy, { ...options, ties, rectified: true }), "dx");
          const apart = await evaluate(backend(), () => {
            const input = upload(backend(), x);
            return reluBackward(input, maxPool2dBackward(input, upload(backend(), dy), { ...options, ties }));
          });
          expect(dx).toEqual(apart);
        }),
        { numRuns: sampled(40) },
      );
    },
  );

  test("finds the last of 256 taps, although a byte of 255 means no tap", async () => {
    const x = { data: new Float32Array(16 * 16 * 4).fill(0), shape: [1, 16, 16, 4] };
    // The maximum is at the last tap, number 255.
    x.data.fill(1, 255 * 4);
    const dy = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 1, 1, 4] };
    const dx = await gradient(x, dy, { windowDimensions: 16, rectified: true });
    expect([...dx.slice(255 * 4)]).toEqual([1, 2, 3, 4]);
    expect(dx.slice(0, 255 * 4).every((value) => value === 0)).toBe(true);
  });

  test("agrees with finite differences of the forward", async () => {
    const x = { data: randomOrder(2 * 5 * 6 * 3, 1), shape: [2, 5, 6, 3] };
    const options = { windowDimensions: [3, 2], strides: [1, 2], padding: [1, 1, 0, 0] } as const;
    const dy = randomOperand(oracle.pool2dOutputShape(x.shape, options), 2);
    const dx = await gradient(x, dy, options);
    const forward = (data: Float64Array) => oracle.maxPool2d({ data, shape: x.shape }, options).values;
    const slopes = oracle.finiteDifference(forward, x.data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([4, 21, 17, 12], 5);
    const options = { windowDimensions: 3, strides: 1, padding: "same" } as const;
    const dy = randomOperand([4, 21, 17, 12], 6);
    const first = await gradient(x, dy, options);
    for (let i = 0; i < 3; i++) expect(await gradient(x, dy, options)).toEqual(first);
  });
});
