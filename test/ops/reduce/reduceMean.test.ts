import fc from "fast-check";
import { expect, test } from "vitest";
import { reduceMean } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";
import { reductionCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("reduceMean", (backend) => {
  const reduce = (x: oracle.Operand, options: oracle.ReduceOptions = {}) =>
    evaluate(backend(), () => reduceMean(upload(backend(), x), options));

  test("keeps the numerical promise over random shapes and axes", async () => {
    await fc.assert(
      fc.asyncProperty(reductionCase(), fc.nat(), async ({ shape, options }, seed) => {
        const x = randomOperand(shape, seed);
        const y = backend().tidy(() => reduceMean(upload(backend(), x), options));
        expect(y.shape).toEqual(oracle.reducedShape(shape, options));
        expectWithinBound(await y.read(), oracle.reduceMean(x, options), "reduceMean y");
        y.dispose();
      }),
      { numRuns: sampled(150) },
    );
  });

  test.each(
    sampledCases([
      ["a scalar", [], {}],
      ["one element", [1, 1], {}],
      ["all, in fours", [64, 1000], {}],
      ["all, odd", [123_457], {}],
      ["rows", [64, 10], { axes: [-1] }],
      ["long rows", [3, 40_000], { axes: [1] }],
      ["columns", [40_000, 3], { axes: [0] }],
      ["columns in fours", [9000, 8], { axes: [0], keepDimensions: true }],
      ["many columns", [70, 1500], { axes: [0] }],
      ["many columns of a few rows, odd", [3, 5, 1027], { axes: [1] }],
      ["height and width", [4, 28, 28, 12], { axes: [1, 2] }],
      ["the channels of nchw", [8, 6, 14, 14], { axes: [0, 2, 3] }],
      ["axes in turn", [3, 2, 4, 3, 2, 2, 4, 3], { axes: [0, 2, 4, 6] }],
      ["no axes", [3, 4], { axes: [] }],
    ] as const),
  )("keeps the numerical promise: %s", async (_, shape, options) => {
    const x = randomOperand(shape, 1);
    expectWithinBound(await reduce(x, options), oracle.reduceMean(x, options), "reduceMean y");
  });

  test("leaves out the reduced axes or keeps them", () => {
    const x = backend().zeros([2, 3, 4]);
    expect(reduceMean(x).shape).toEqual([]);
    expect(reduceMean(x, { axes: [-1, 0] }).shape).toEqual([3]);
    expect(reduceMean(x, { axes: [1], keepDimensions: true }).shape).toEqual([2, 1, 4]);
    expect(reduceMean(x, { keepDimensions: true }).shape).toEqual([1, 1, 1]);
  });

  test("a NaN or infinity reaches only its own mean", async () => {
    const x = randomOperand([3, 1000], 2);
    x.data[5] = Number.NaN;
    x.data[1999] = Number.POSITIVE_INFINITY;
    const y = await reduce(x, { axes: [1] });
    expectWithinBound(y, oracle.reduceMean(x, { axes: [1] }), "reduceMean y");
    expect(y[1]).toBe(Number.POSITIVE_INFINITY);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([7001, 5], 5);
    for (const options of [{}, { axes: [0] }, { axes: [1] }]) {
      const first = await reduce(x, options);
      for (let i = 0; i < 3; i++) expect(await reduce(x, options)).toEqual(first);
    }
  });
});
