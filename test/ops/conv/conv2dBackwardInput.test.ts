import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2dBackwardInput } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, throughRelu, upload } from "../../support/backends.js";
import { CONV2D_ALGORITHMS, conv2dCase } from "../../support/convolutionCases.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("conv2dBackwardInput", (backend) => {
  const gradient = (dy: oracle.Operand, w: oracle.Operand, inputShape: readonly number[], options = {}) =>
    evaluate(backend(), () => conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), inputShape, options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(conv2dCase(), async ({ xShape, wShape, options, algorithm, seed }) => {
        const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), seed);
        const w = randomOperand(wShape, seed + 1);
        const dx = await gradient(dy, w, xShape, { ...options, algorithm });
        expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, xShape, options), "conv2dBackwardInput dx");
      }),
      { numRuns: sampled(120) },
    );
  });

  // Sizes around tiles of 4 columns of a stride phase and 4 channels, and phases without any tap.
  const EDGES = [
    ["one of everything", [1, 1, 1, 1], [1, 1, 1, 1], {}],
    ["columns one short of and one over a tile, in two phases", [1, 5, 9, 4], [3, 3, 4, 4], { strides: 2, padding: 1 }],
    ["a stride larger than the filter", [2, 13, 11, 3], [2, 3, 3, 4], { strides: [5, 4] }],
    [
      "stride and dilation with a common divisor",
      [1, 17, 15, 2],
      [3, 3, 2, 4],
      { strides: 4, dilations: 6, padding: 6 },
    ],
    ["stride and dilation without", [1, 17, 15, 2], [3, 3, 2, 4], { strides: 3, dilations: 2 }],
    ["a filter as large as the input", [2, 7, 6, 5], [7, 6, 5, 3], {}],
    ["513 channels in and out", [1, 3, 3, 513], [1, 1, 513, 513], {}],
    ["depthwise with a multiplier", [1, 6, 6, 6], [3, 3, 1, 12], { groups: 6, padding: 1, strides: 2 }],
    ["one-sided padding", [1, 6, 6, 4], [3, 3, 4, 4], { padding: [0, 1, 2, 0], strides: 2 }],
    ["ceil with an overhang", [1, 7, 6, 4], [3, 2, 4, 4], { strides: 3, outputShapeRounding: "ceil" }],
    ["channels for whole quads, a row past two tiles", [2, 4, 31, 16], [3, 3, 16, 48], { padding: 1 }],
    ["quads with idle invocations", [1, 5, 17, 20], [3, 2, 20, 40], { padding: [1, 0, 0, 1], strides: [1, 2] }],
    ["a picture's channels", [1, 13, 31, 3], [7, 7, 3, 32], { padding: 3, strides: 2 }],
    ["depthwise in fours, dilated", [2, 9, 11, 8], [3, 3, 1, 8], { groups: 8, padding: 2, dilations: 2 }],
    ["depthwise in fours, strided", [2, 9, 11, 8], [3, 5, 1, 8], { groups: 8, padding: 1, strides: 2 }],
    ["one tap, whole images in a row", [3, 7, 7, 12], [1, 1, 12, 20], {}],
    ["pixels for large blocks", [1, 128, 130, 36], [1, 1, 36, 4], {}],
    ["W and C past a register tile", [2, 3, 29, 20], [2, 2, 20, 8], { padding: 1, strides: [1, 2] }],
  ] as const;
  test.each(sampledCases(CONV2D_ALGORITHMS.flatMap((algorithm) => EDGES.map((edge) => [algorithm, ...edge] as const))))(
    "keeps the numerical promise by %s: %s",
    async (algorithm, _, xShape, wShape, options) => {
      const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 1);
      const w = randomOperand(wShape, 2);
      const dx = await gradient(dy, w, xShape, { ...options, algorithm });
      expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, xShape, options), "conv2dBackwardInput dx");
    },
  );

  // The case of valueAndGradients: the mask of a ReLU needs no dispatch of its own.
  test.each(sampledCases(CONV2D_ALGORITHMS.flatMap((algorithm) => EDGES.map((edge) => [algorithm, ...edge] as const))))(
    "passes the ReLU before it in the same dispatch by %s: %s",
    async (algorithm, _, xShape, wShape, given) => {
      const z = randomOperand(xShape, 3);
      for (const [i, value] of [Number.NaN, 0, -0, Number.POSITIVE_INFINITY].entries()) z.data[7 * i] = value;
      const [dy, w] = [randomOperand(oracle.conv2dOutputShape(xShape, wShape, given), 1), randomOperand(wShape, 2)];
      const [input, filter, dyTensor] = [upload(backend(), z), upload(backend(), w), upload(backend(), dy)];
      const through = () => throughRelu(input, filter, dyTensor, { ...given, algorithm });
      const expected = oracle.throughRelu(z, oracle.conv2dBackwardInput(dy, w, xShape, given));
      expectWithinBound(await evaluate(backend(), through), expected, "dz");
      const { operators } = backend().explain(through);
      expect(operators.map(({ operator }) => operator)).not.toContain("reluBackward");
    },
  );

  test("passes the ReLU before it in a separate dispatch by winogradF2x3, which has no mask", async () => {
    const [z, w] = [randomOperand([2, 9, 7, 8], 3), randomOperand([3, 3, 8, 4], 2)];
    const options = { padding: 1, algorithm: "winogradF2x3" } as const;
    const dy = randomOperand([2, 9, 7, 4], 1);
    const dx = await gradient(dy, w, z.shape, options);
    const [input, filter, dyTensor] = [upload(backend(), z), upload(backend(), w), upload(backend(), dy)];
    const dz = await evaluate(backend(), () => throughRelu(input, filter, dyTensor, options));
    expect(dz).toEqual(dx.map((value, i) => ((z.data[i] ?? 0) <= 0 ? 0 : value)));
  });

  // Sums whose weights, or whose terms, are cut into several parts; phases of single pixels; channels for dot products.
  const LONG_SUMS = [
    ["many terms in each row of the filter", [1, 5, 4, 9], [3, 3, 9, 520], { padding: 1 }],
    ["many channels of single pixels", [1, 1, 27, 5], [1, 1, 5, 2600], {}],
    ["more than 32,768 terms, in rows", [1, 4, 4, 3], [4, 4, 3, 2101], { padding: 3 }],
    ["more than 32,768 terms, for dot products", [1, 4, 4, 2], [4, 4, 2, 2100], { padding: 3 }],
    ["images with a row each", [4, 1, 29, 5], [1, 2, 5, 3], {}],
    ["patches", [2, 16, 24, 3], [8, 8, 3, 12], { strides: 8 }],
    ["patches that leave pixels out", [1, 17, 23, 3], [2, 3, 3, 8], { strides: 4 }],
    ["one channel, columns two apart", [1, 9, 11, 1], [3, 3, 1, 8], { dilations: 2, padding: 2 }],
    ["one channel, runs that end within a vector", [3, 9, 13, 1], [5, 5, 1, 6], {}],
    ["two channels, long runs that end within a vector", [1, 6, 9, 2], [2, 5, 2, 13], { padding: 1 }],
    [
      "three channels in phases, runs that end within a vector",
      [2, 11, 12, 3],
      [5, 5, 3, 7],
      { strides: 2, padding: 2 },
    ],
    ["groups of one channel, runs that end within a vector", [1, 8, 7, 3], [3, 3, 1, 15], { groups: 3, padding: 1 }],
    ["depthwise, nine taps side by side", [1, 3, 23, 6], [2, 9, 1, 6], { groups: 6, padding: [0, 0, 4, 4] }],
  ] as const;
  test.each(LONG_SUMS)("keeps the numerical promise, also through a ReLU: %s", async (_, xShape, wShape, options) => {
    const [z, w] = [randomOperand(xShape, 3), randomOperand(wShape, 2)];
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 1);
    const expected = oracle.conv2dBackwardInput(dy, w, xShape, options);
    expectWithinBound(await gradient(dy, w, xShape, options), expected, "conv2dBackwardInput dx");
    const [input, filter, dyTensor] = [upload(backend(), z), upload(backend(), w), upload(backend(), dy)];
    const dz = await evaluate(backend(), () => throughRelu(input, filter, dyTensor, options));
    expectWithinBound(dz, oracle.throughRelu(z, expected), "dz");
  });

  test.each([
    ["of a filter with padding", [1, 7, 9, 5], [3, 3, 5, 4], { padding: 1 }],
    ["of a strided filter", [2, 8, 11, 3], [3, 4, 3, 5], { padding: [0, 2, 1, 0], strides: 2 }],
    ["of a dilated filter, one channel", [1, 9, 9, 1], [3, 3, 1, 8], { dilations: 2, padding: 2 }],
    ["of one channel, six filters", [1, 9, 8, 1], [5, 5, 1, 6], { padding: 2 }],
    ["of groups", [1, 6, 7, 6], [3, 3, 3, 8], { groups: 2, padding: 1 }],
    ["of a depthwise filter", [2, 7, 9, 6], [3, 5, 1, 6], { groups: 6, padding: [1, 0, 2, 2] }],
    ["of a strided depthwise filter", [1, 9, 8, 5], [3, 3, 1, 5], { groups: 5, padding: 1, strides: 2 }],
  ] as const)("infinite weights reach only elements whose outputs exist, %s", async (_, xShape, wShape, options) => {
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 1);
    const { length } = randomOperand(wShape, 2).data;
    // The first weight, one in the middle and the last one.
    for (const at of [0, Math.floor(length / 2), length - 1]) {
      const w = randomOperand(wShape, 2);
      w.data[at] = Number.POSITIVE_INFINITY;
      const dx = await gradient(dy, w, xShape, options);
      expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, xShape, options), "conv2dBackwardInput dx");
    }
  });

  test("agrees with finite differences of the forward", async () => {
    const [xShape, wShape] = [
      [1, 5, 4, 2],
      [3, 2, 2, 3],
    ];
    const options = { strides: 2, dilations: [1, 2], padding: [1, 0, 2, 1] } as const;
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 1);
    const w = randomOperand(wShape, 2);
    const dx = await gradient(dy, w, xShape, options);
    const forward = (data: Float64Array) => oracle.conv2d({ data, shape: xShape }, w, options).values;
    const slopes = oracle.finiteDifference(forward, randomOperand(xShape, 3).data, dy.data);
    for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
  });

  test("gives the same bits on every run", async () => {
    const dy = randomOperand([4, 9, 7, 20], 5);
    const w = randomOperand([3, 3, 24, 20], 6);
    const options = { padding: "same", strides: 2 };
    const first = await gradient(dy, w, [4, 17, 13, 24], options);
    for (let i = 0; i < 3; i++) expect(await gradient(dy, w, [4, 17, 13, 24], options)).toEqual(first);
  });

  // Stride 1 without padding: some taps do not reach the first and last columns of a tile.
  test.each(
    CONV2D_ALGORITHMS.flatMap((algorithm) =>
      [{}, { padding: 1, strides: 2 }].map((options) => ({ ...options, algorithm })),
    ),
  )("a NaN or infinity reaches only the elements of its window, %o", async (options) => {
    for (const channels of [3, 20]) {
      const xShape = [1, 9, 9, channels];
      const wShape = [3, 3, channels, 4];
      const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 7);
      dy.data[0] = Number.NaN;
      dy.data[dy.data.length - 1] = Number.NEGATIVE_INFINITY;
      const w = randomOperand(wShape, 8);
      w.data[oracle.filterView(wShape).index(0, 2, 1, 2)] = Number.POSITIVE_INFINITY;
      const dx = await gradient(dy, w, xShape, options);
      expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, xShape, options), "conv2dBackwardInput dx");
    }
  });
});
