import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2dBackwardFilter } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { CONV2D_ALGORITHMS, conv2dCase } from "../../support/convolutionCases.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("conv2dBackwardFilter", (backend) => {
  const gradient = (x: oracle.Operand, dy: oracle.Operand, filterShape: readonly number[], options = {}) =>
    evaluate(backend(), () => conv2dBackwardFilter(upload(backend(), x), upload(backend(), dy), filterShape, options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(conv2dCase(), async ({ xShape, wShape, options, algorithm, seed }) => {
        const x = randomOperand(xShape, seed);
        const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), seed + 1);
        const dw = await gradient(x, dy, wShape, { ...options, algorithm });
        expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, wShape, options), "conv2dBackwardFilter dw");
      }),
      { numRuns: sampled(120) },
    );
  });

  // One slice (many filter elements), one slice for each row (few elements), and a shorter last slice.
  const EDGES = [
    ["one of everything", [1, 1, 1, 1], [1, 1, 1, 1], {}],
    ["one element, a long sum", [8, 31, 29, 1], [1, 1, 1, 1], {}],
    ["a single output row", [1, 3, 20, 4], [3, 3, 4, 8], {}],
    ["513 channels in and out", [1, 3, 3, 513], [1, 1, 513, 513], {}],
    ["rows and channels past a large block, one by one", [2, 7, 9, 9], [3, 3, 9, 68], { padding: 1, strides: [1, 2] }],
    ["rows past a small block, one by one", [2, 7, 9, 5], [3, 3, 5, 28], { padding: 1 }],
    ["a filter as large as the input", [5, 7, 6, 5], [7, 6, 5, 3], {}],
    ["depthwise with a multiplier", [2, 9, 8, 6], [3, 3, 1, 12], { groups: 6, padding: 1, strides: 2 }],
    [
      "stride, dilation, one-sided padding",
      [3, 11, 9, 4],
      [3, 2, 4, 6],
      { strides: 2, dilations: 2, padding: [0, 3, 1, 0] },
    ],
    ["ceil with an overhang", [2, 7, 6, 4], [3, 2, 4, 4], { strides: 3, outputShapeRounding: "ceil" }],
    ["channels for whole quads, a row past two tiles", [2, 4, 31, 16], [3, 3, 16, 48], { padding: 1 }],
    ["quads with idle invocations", [1, 5, 17, 20], [3, 2, 20, 40], { padding: [1, 0, 0, 1], strides: [1, 2] }],
    ["a picture's channels", [1, 13, 31, 3], [7, 7, 3, 32], { padding: 3, strides: 2 }],
    ["depthwise in fours, dilated", [2, 9, 11, 8], [3, 3, 1, 8], { groups: 8, padding: 2, dilations: 2 }],
    ["depthwise, strided", [2, 9, 11, 8], [3, 5, 1, 8], { groups: 8, padding: 1, strides: 2 }],
    ["depthwise, all taps at once", [2, 29, 30, 32], [3, 3, 1, 32], { groups: 32, padding: 1 }],
    ["depthwise, all taps at once, strided", [4, 60, 43, 24], [3, 3, 1, 24], { groups: 24, padding: 1, strides: 2 }],
    ["depthwise, all taps at once, none in common", [4, 61, 88, 32], [3, 3, 1, 32], { groups: 32, strides: 3 }],
    ["depthwise, 25 taps at once", [2, 29, 31, 32], [5, 5, 1, 32], { groups: 32, padding: 2 }],
    ["depthwise with a multiplier, all taps at once", [2, 65, 64, 6], [3, 2, 1, 12], { groups: 6, padding: 1 }],
    ["one tap, whole images in a row", [3, 7, 7, 12], [1, 1, 12, 20], {}],
    ["channels for large blocks", [1, 5, 7, 36], [1, 2, 36, 36], {}],
    ["groups of three and five channels", [2, 9, 8, 6], [3, 2, 3, 10], { groups: 2, padding: 1 }],
    ["groups of thirteen channels, dilated", [1, 9, 8, 26], [3, 2, 13, 26], { groups: 2, padding: 2, dilations: 2 }],
    ["several slices of the rows of three images", [3, 40, 37, 3], [3, 3, 3, 11], { padding: 1 }],
    ["C, K and Q past a register tile", [2, 5, 19, 20], [2, 2, 20, 36], { padding: 1 }],
  ] as const;
  // Large work, for which a software adapter has other tiles.
  const LARGE_DEPTHWISE = [
    ["depthwise in fours, all taps at once", [4, 66, 64, 32], [3, 3, 1, 32], { groups: 32, padding: 1 }],
    ["depthwise in fours, tiles of three columns", [5, 77, 75, 40], [3, 3, 1, 40], { groups: 40, padding: 1 }],
    ["depthwise, 49 taps at once", [2, 47, 45, 24], [7, 7, 1, 24], { groups: 24, padding: 3 }],
    ["depthwise of few channels", [4, 50, 48, 8], [5, 5, 1, 8], { groups: 8, padding: 2 }],
  ] as const;
  test.each([
    ...sampledCases(CONV2D_ALGORITHMS.flatMap((algorithm) => EDGES.map((edge) => [algorithm, ...edge] as const))),
    ...sampledCases(LARGE_DEPTHWISE.map((edge) => ["depthwise", ...edge] as const)),
  ])("keeps the numerical promise by %s: %s", async (algorithm, _, xShape, wShape, options) => {
    const x = randomOperand(xShape, 1);
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 2);
    const dw = await gradient(x, dy, wShape, { ...options, algorithm });
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, wShape, options), "conv2dBackwardFilter dw");
  });

  test("computes a batch of 70,000", async () => {
    const x = randomOperand([70_000, 2, 2, 1], 3);
    const dy = randomOperand([70_000, 1, 1, 1], 4);
    const dw = await gradient(x, dy, [2, 2, 1, 1]);
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, [2, 2, 1, 1], {}), "conv2dBackwardFilter dw");
  });

  test("agrees with finite differences of the forward", async () => {
    const [xShape, wShape] = [
      [2, 5, 4, 2],
      [3, 2, 2, 3],
    ];
    const options = { strides: 2, dilations: [1, 2], padding: [1, 0, 2, 1] } as const;
    const x = randomOperand(xShape, 1);
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 2);
    const dw = await gradient(x, dy, wShape, options);
    const forward = (data: Float64Array) => oracle.conv2d(x, { data, shape: wShape }, options).values;
    const slopes = oracle.finiteDifference(forward, randomOperand(wShape, 3).data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dw[i]).toBeCloseTo(slope, 5);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([4, 17, 13, 24], 5);
    const dy = randomOperand([4, 9, 7, 20], 6);
    const options = { padding: "same", strides: 2 };
    const first = await gradient(x, dy, [3, 3, 24, 20], options);
    for (let i = 0; i < 3; i++) expect(await gradient(x, dy, [3, 3, 24, 20], options)).toEqual(first);
  });

  test("a NaN in x reaches only the taps that read it, and a NaN in dy only its output channel", async () => {
    const x = randomOperand([1, 6, 6, 4], 7);
    x.data[0] = Number.NaN;
    const dy = randomOperand([1, 4, 4, 8], 8);
    dy.data[3 * 8 + 5] = Number.POSITIVE_INFINITY;
    const dw = await gradient(x, dy, [3, 3, 4, 8]);
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, [3, 3, 4, 8], {}), "conv2dBackwardFilter dw");
  });

  test.each([
    ["one group", [3, 3, 4, 8], {}],
    ["depthwise", [3, 3, 1, 4], { groups: 4 }],
  ] as const)("padding is a zero, and 0 times an infinity is NaN: %s", async (_, wShape, options) => {
    const padded = { ...options, padding: 1 };
    const x = randomOperand([1, 6, 6, 4], 7);
    const dy = randomOperand([1, 6, 6, wShape[3]], 8);
    dy.data[2] = Number.POSITIVE_INFINITY;
    const dw = await gradient(x, dy, wShape, padded);
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, wShape, padded), "conv2dBackwardFilter dw");
  });
});
