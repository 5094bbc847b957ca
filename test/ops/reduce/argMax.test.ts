import fc from "fast-check";
import { expect, test } from "vitest";
import {
  argMax,
  OptionError,
  oneHot,
  reduceSum,
  softmaxCrossEntropy,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomIntegers, randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const argMaxCase = fc
  .oneof(
    fc.array(fc.constantFrom(1, 2, 3, 4, 5, 8), { minLength: 1, maxLength: 6 }),
    fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.constantFrom(1, 2, 4, 7, 8)),
    fc.tuple(fc.constantFrom(1, 2, 4, 7, 8), fc.integer({ min: 1, max: 4000 })),
  )
  .chain((shape) =>
    fc.record({ shape: fc.constant(shape), axis: fc.integer({ min: -shape.length, max: shape.length - 1 }) }),
  );

describeOnEachBackend("argMax", (backend) => {
  const positions = (x: oracle.Operand, axis: number) =>
    evaluate(backend(), () => argMax(upload(backend(), x), { axis }));

  test("finds the first of the largest over random shapes and axes", async () => {
    await fc.assert(
      fc.asyncProperty(
        argMaxCase,
        fc.boolean(),
        fc.boolean(),
        fc.nat(),
        async ({ shape, axis }, keepDimensions, tied, seed) => {
          const x = tied ? { data: randomIntegers(oracle.sizeOf(shape), seed), shape } : randomOperand(shape, seed);
          const expected = oracle.argMax(x, axis, keepDimensions);
          const y = backend().tidy(() => argMax(upload(backend(), x), { axis, keepDimensions }));
          expect(y.shape).toEqual(expected.shape);
          expectWithinBound(await y.read(), expected, "argMax y");
          y.dispose();
        },
      ),
      { numRuns: sampled(80) },
    );
  });

  test.each(
    sampledCases([
      ["classes", [64, 10], -1],
      ["a long row in fours", [3, 20_000], 1],
      ["a long row, odd", [3, 9001], 1],
      ["a long column in fours", [9000, 8], 0],
    ] as const),
  )("finds the first of the largest: %s", async (_, shape, axis) => {
    const x = randomOperand(shape, 1);
    expectWithinBound(await positions(x, axis), oracle.argMax(x, axis), "argMax y");
    x.data.fill(-1);
    expectWithinBound(await positions(x, axis), oracle.argMax(x, axis), "argMax y of equal values");
  });

  test("agrees with NumPy", async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const x = {
      data: Float32Array.of(1, 3, 3, infinity, nan, nan, -infinity, -infinity, -infinity, -0, 0, -1),
      shape: [4, 3],
    };
    expect([...(await positions(x, 1))]).toEqual([1, 1, 0, 0]);
    expect([...(await positions(x, -2))]).toEqual([1, 1, 1]);
  });

  test("finds the first NaN and compares infinities as numbers", async () => {
    for (const columns of [3, 8, 300]) {
      const x = randomOperand([4, columns], 2);
      x.data.fill(Number.NEGATIVE_INFINITY, 0, columns);
      x.data[columns + 2] = Number.NaN;
      x.data[2 * columns - 1] = Number.NaN;
      x.data[2 * columns] = Number.NaN;
      x.data[4 * columns - 1] = Number.POSITIVE_INFINITY;
      for (const axis of [0, 1]) expectWithinBound(await positions(x, axis), oracle.argMax(x, axis), "argMax y");
    }
  });

  test("passes no gradient: a loss may take classes that come from its own logits", async () => {
    const w = backend().tensor(randomOperand([3, 4], 1).data, [3, 4]);
    const lossOf = (w: Tensor, labels: Tensor) => softmaxCrossEntropy(w, labels);
    const labels = argMax(w, { axis: 1 });
    const known = valueAndGradients(({ w }) => lossOf(w, labels), { w });
    for (const chosen of [
      (w: Tensor) => argMax(w, { axis: 1 }),
      (w: Tensor) => oneHot(argMax(w, { axis: 1 }), { depth: 4 }),
    ]) {
      const own = valueAndGradients(({ w }) => lossOf(w, chosen(w)), { w });
      expect(await own.gradients.w.read()).toEqual(await known.gradients.w.read());
      own.value.dispose();
      own.gradients.w.dispose();
    }
    expect(() => valueAndGradients(({ w }) => reduceSum(argMax(w, { axis: 1 })), { w })).toThrow(OptionError);
    for (const tensor of [w, labels, known.value, known.gradients.w]) tensor.dispose();
  });
});
