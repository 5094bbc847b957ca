import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReduceOptions, Tensor } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "./backends.js";
import { existing, gradientsOf } from "./elementwiseValues.js";
import { expectWithinBound } from "./expectWithinBound.js";
import * as oracle from "./float64.js";
import { randomIntegers, randomOperand } from "./random.js";
import { sampled } from "./sampling.js";
import { reductionCase } from "./shapeArbitraries.js";

// The common tests of reduceMax and reduceMin.

type Extremum = (x: Tensor, options: ReduceOptions) => Tensor;
type ExpectedExtremum = (x: oracle.Operand, options: oracle.ReduceOptions) => oracle.Expected;
type Gradient = (x: Tensor, dy: Tensor, options: ReduceOptions) => Tensor;
type ExpectedGradient = (x: oracle.Operand, dy: oracle.Operand, options: oracle.ReduceOptions) => oracle.Expected;

/** Only a few different values, to get ties. */
function ties(shape: readonly number[], seed: number): oracle.Operand & { readonly data: Float32Array } {
  return { data: randomIntegers(oracle.sizeOf(shape), seed), shape };
}

const SHAPES = [
  ["all, in fours", [64, 1000], {}],
  ["all, odd", [33_457], {}],
  ["rows", [64, 10], { axes: [-1] }],
  ["long rows", [3, 20_000], { axes: [1] }],
  ["columns", [20_000, 3], { axes: [0] }],
  ["columns in fours", [5000, 8], { axes: [0], keepDimensions: true }],
  ["many columns", [70, 1500], { axes: [0] }],
  ["the channels of nchw", [8, 6, 14, 14], { axes: [0, 2, 3] }],
  ["six axes in turn", [3, 2, 4, 3, 2, 4], { axes: [0, 2, 4] }],
] as const;

export function describeExtremum(name: string, extremum: Extremum, expected: ExpectedExtremum): void {
  describeOnEachBackend(name, (backend) => {
    const reduce = (x: oracle.Operand, options: oracle.ReduceOptions = {}) =>
      evaluate(backend(), () => extremum(upload(backend(), x), options));

    test("gives the exact values over random shapes and axes", async () => {
      await fc.assert(
        fc.asyncProperty(reductionCase(), fc.nat(), async ({ shape, options }, seed) => {
          const x = randomOperand(shape, seed);
          const y = backend().tidy(() => extremum(upload(backend(), x), options));
          expect(y.shape).toEqual(oracle.reducedShape(shape, options));
          expectWithinBound(await y.read(), expected(x, options), `${name} y`);
          y.dispose();
        }),
        { numRuns: sampled(80) },
      );
    });

    test.each(SHAPES)("gives the exact values: %s", async (_, shape, options) => {
      const x = randomOperand(shape, 1);
      expectWithinBound(await reduce(x, options), expected(x, options), `${name} y`);
    });

    test("agrees with NumPy", async () => {
      const x = { data: Float32Array.of(1, 3, 2, -5, Number.NaN, 0), shape: [2, 3] };
      const isMax = name.includes("Max");
      expect([...(await reduce(x, { axes: [0] }))]).toEqual(isMax ? [1, Number.NaN, 2] : [-5, Number.NaN, 0]);
      expect([...(await reduce(x, { axes: [1] }))]).toEqual(isMax ? [3, Number.NaN] : [1, Number.NaN]);
    });

    test("compares infinities as numbers, and a NaN gives NaN in its reduction only", async () => {
      const infinity = Number.POSITIVE_INFINITY;
      for (const columns of [3, 4, 200]) {
        const x = randomOperand([5, columns], 2);
        x.data.fill(infinity, 0, columns).fill(-infinity, columns, 2 * columns);
        x.data[2 * columns + 1] = Number.NaN;
        x.data[3 * columns] = infinity;
        x.data[3 * columns + 1] = -infinity;
        for (const options of [{ axes: [1] }, { axes: [0] }, {}]) {
          expectWithinBound(await reduce(x, options), expected(x, options), `${name} y`);
        }
      }
    });
  });
}

export function describeExtremumBackward(
  name: string,
  extremum: Extremum,
  gradient: Gradient,
  expected: ExpectedGradient,
): void {
  describeOnEachBackend(name, (backend) => {
    const gradientOf = (x: oracle.Operand, dy: oracle.Operand, options: oracle.ReduceOptions) =>
      evaluate(backend(), () => gradient(upload(backend(), x), upload(backend(), dy), options));

    test("shares dy evenly among ties over random shapes and axes", async () => {
      await fc.assert(
        fc.asyncProperty(reductionCase(), fc.nat({ max: 2 ** 30 }), async ({ shape, options }, seed) => {
          const [x, dy] = [ties(shape, seed), randomOperand(oracle.reducedShape(shape, options), seed + 1)];
          expectWithinBound(await gradientOf(x, dy, options), expected(x, dy, options), `${name} dx`);
        }),
        { numRuns: sampled(60) },
      );
    });

    test.each(SHAPES)("shares dy evenly among ties: %s", async (_, shape, options) => {
      const [x, dy] = [ties(shape, 1), randomOperand(oracle.reducedShape(shape, options), 2)];
      expectWithinBound(await gradientOf(x, dy, options), expected(x, dy, options), `${name} dx`);
    });

    test("agrees with finite differences of the forward without ties", async () => {
      for (const options of [{}, { axes: [1] }, { axes: [0, 2], keepDimensions: true }]) {
        const shape = [3, 4, 2];
        const x = { data: Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 24) / 4), shape };
        const dy = randomOperand(oracle.reducedShape(shape, options), 2);
        const dx = await gradientOf(x, dy, options);
        const forward = (data: Float64Array) =>
          (name.includes("Max") ? oracle.reduceMax : oracle.reduceMin)({ data, shape }, options).values;
        for (const [i, slope] of oracle.finiteDifference(forward, x.data, dy.data).entries()) {
          expect(dx[i]).toBeCloseTo(slope, 5);
        }
      }
    });

    test("agrees with PyTorch", async () => {
      const x = { data: Float32Array.of(1, 3, 3, 2, -1, -1), shape: [2, 3] };
      const dy = { data: Float32Array.of(4, 6), shape: [2] };
      const dx = await gradientOf(x, dy, { axes: [1] });
      expect([...dx]).toEqual(name.includes("Max") ? [0, 2, 2, 6, 0, 0] : [4, 0, 0, 0, 3, 3]);
    });

    test("agrees with valueAndGradients", async () => {
      const [x, dy] = [ties([6, 5, 4], 3), randomOperand([6, 4], 4)];
      const [dx] = await gradientsOf(backend(), [x], dy, ([x]) => extremum(existing(x), { axes: [1] }));
      expectWithinBound(existing(dx), expected(x, dy, { axes: [1] }), `${name} dx`);
    });

    test("gives dy to a NaN, and a NaN or infinity in dy reaches only its own elements", async () => {
      const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
      const x = { data: Float32Array.of(1, nan, 3, nan, 5, 5, 5, 5, -1, -1, 0, -0), shape: [3, 4] };
      const dy = { data: Float32Array.of(3, infinity, nan), shape: [3] };
      expectWithinBound(await gradientOf(x, dy, { axes: [1] }), expected(x, dy, { axes: [1] }), `${name} dx`);
    });
  });
}
