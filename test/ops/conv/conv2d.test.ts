import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2d } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { CONV2D_ALGORITHMS, conv2dCase } from "../../support/convolutionCases.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("conv2d", (backend) => {
  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(conv2dCase(), async ({ xShape, wShape, options, algorithm, bias, activation, seed }) => {
        const x = randomOperand(xShape, seed);
        const w = randomOperand(wShape, seed + 1);
        const k = oracle.filterView(wShape, options.filterLayout).k;
        const b = bias ? randomOperand([k], seed + 2) : undefined;
        const y = await evaluate(backend(), () =>
          conv2d(upload(backend(), x), upload(backend(), w), {
            ...options,
            algorithm,
            activation,
            bias: b && upload(backend(), b),
          }),
        );
        const expected = oracle.conv2d(x, w, { ...options, activation, ...(b ? { bias: b } : {}) });
        expectWithinBound(y, expected, "conv2d y");
      }),
      { numRuns: sampled(120) },
    );
  });

  // Sizes around the edges of every tile: columns (4), channels in fours (8) and one by one (4), one below and one above.
  const EDGES = [
    ["one of everything", [1, 1, 1, 1], [1, 1, 1, 1], {}],
    ["C = 1, K = 8", [2, 9, 9, 1], [5, 5, 1, 8], { padding: 2 }],
    ["C = 8, K = 1", [2, 9, 9, 8], [3, 3, 8, 1], { padding: 1 }],
    ["Q one short of a tile", [1, 5, 3, 4], [1, 1, 4, 8], {}],
    ["Q one more than a tile", [1, 5, 5, 4], [1, 1, 4, 8], {}],
    ["K one lane more than a tile", [1, 4, 4, 4], [1, 1, 4, 12], {}],
    ["513 channels in and out", [1, 3, 3, 513], [1, 1, 513, 513], {}],
    ["a filter as large as the input", [2, 7, 6, 3], [7, 6, 3, 5], {}],
    ["a filter larger than the input, in its padding", [1, 2, 2, 3], [5, 5, 3, 4], { padding: 2 }],
    ["a stride larger than the filter", [2, 13, 11, 4], [2, 3, 4, 4], { strides: [5, 4] }],
    ["a stride larger than the input", [2, 3, 3, 4], [2, 2, 4, 4], { strides: 7 }],
    ["padding larger than the window", [1, 3, 3, 2], [2, 2, 2, 3], { padding: [6, 0, 0, 5] }],
    ["depthwise with a multiplier", [1, 6, 6, 6], [3, 3, 1, 12], { groups: 6, padding: 1 }],
    ["groups of four", [1, 6, 6, 16], [3, 3, 4, 16], { groups: 4, padding: "same", strides: 2 }],
    ["channels for whole quads, a row past two tiles", [2, 4, 31, 16], [3, 3, 16, 48], { padding: 1 }],
    ["quads with idle invocations", [1, 5, 17, 20], [3, 2, 20, 40], { padding: [1, 0, 0, 1], strides: [1, 2] }],
    ["a picture's channels", [1, 13, 31, 3], [7, 7, 3, 32], { padding: 3, strides: 2 }],
    ["depthwise in fours, dilated", [2, 9, 11, 8], [3, 3, 1, 8], { groups: 8, padding: 2, dilations: 2 }],
    ["depthwise, strided", [2, 9, 11, 8], [3, 5, 1, 8], { groups: 8, padding: 1, strides: 2 }],
    ["one tap, whole images in a row", [3, 7, 7, 12], [1, 1, 12, 20], {}],
    ["pixels for large blocks", [1, 128, 130, 4], [1, 1, 4, 36], {}],
    ["pixels for large blocks, channels one by one", [1, 128, 130, 5], [1, 1, 5, 36], {}],
    ["Q and K past a register tile", [2, 3, 29, 8], [2, 2, 8, 20], { padding: 1 }],
  ] as const;
  // Windows whose weights, or whose terms, are cut into several parts.
  const LONG_SUMS = [
    ["many terms in each row of the filter", [1, 4, 5, 520], [3, 3, 520, 9], { padding: 1 }],
    ["many channels of single pixels", [1, 1, 27, 2600], [1, 1, 2600, 5], {}],
    ["a prime number of channels", [3, 1, 1, 2063], [1, 1, 2063, 4], {}],
    ["more than 32,768 terms, in rows", [1, 4, 5, 2100], [4, 4, 2100, 3], { padding: [0, 1, 0, 0] }],
    ["more than 32,768 terms, whole images", [3, 4, 4, 2100], [4, 4, 2100, 5], {}],
    ["several rows of pixels and a rest", [1, 7, 11, 16], [1, 1, 16, 12], {}],
    ["images with a row each", [4, 1, 29, 3], [1, 2, 3, 5], {}],
  ] as const;
  test.each(LONG_SUMS)("keeps the numerical promise: %s", async (_, xShape, wShape, options) => {
    const [x, w, b] = [randomOperand(xShape, 1), randomOperand(wShape, 2), randomOperand([wShape[3]], 3)];
    for (const activation of ["none", "relu"] as const) {
      const y = await evaluate(backend(), () =>
        conv2d(upload(backend(), x), upload(backend(), w), { ...options, activation, bias: upload(backend(), b) }),
      );
      expectWithinBound(y, oracle.conv2d(x, w, { ...options, activation, bias: b }), "conv2d y");
    }
  });

  // Large work, for which a software adapter has other tiles.
  const LARGE_DEPTHWISE = [
    ["depthwise in fours, all taps at once", [4, 66, 63, 32], [3, 3, 1, 32], { groups: 32, padding: 1 }],
    ["depthwise in fours, strided", [6, 93, 95, 40], [3, 3, 1, 40], { groups: 40, padding: 1, strides: 2 }],
    ["depthwise, two outputs of a channel", [1, 9, 7, 10], [3, 5, 1, 20], { groups: 10, padding: 2 }],
    ["depthwise, three outputs of a channel", [1, 9, 7, 7], [2, 3, 1, 21], { groups: 7, strides: [1, 2] }],
    ["depthwise, 17 outputs of a channel", [1, 5, 6, 3], [2, 2, 1, 51], { groups: 3 }],
    ["depthwise, nine taps side by side", [1, 3, 23, 6], [2, 9, 1, 6], { groups: 6, padding: [0, 0, 4, 4] }],
    ["depthwise, 49 taps at once", [2, 17, 15, 24], [7, 7, 1, 24], { groups: 24, padding: 3 }],
  ] as const;
  test.each([
    ...sampledCases(CONV2D_ALGORITHMS.flatMap((algorithm) => EDGES.map((edge) => [algorithm, ...edge] as const))),
    ...sampledCases(LARGE_DEPTHWISE.map((edge) => ["depthwise", ...edge] as const)),
  ])("keeps the numerical promise by %s: %s", async (algorithm, _, xShape, wShape, options) => {
    const x = randomOperand(xShape, 1);
    const w = randomOperand(wShape, 2);
    const y = await evaluate(backend(), () =>
      conv2d(upload(backend(), x), upload(backend(), w), { ...options, algorithm }),
    );
    expectWithinBound(y, oracle.conv2d(x, w, options), "conv2d y");
  });

  test("computes a 1×1536×1536×3 input", async () => {
    const x = backend().full([1, 1536, 1536, 3], 0.5);
    const w = backend().full([3, 3, 3, 2], 0.25);
    const y = await evaluate(backend(), () => conv2d(x, w, { padding: 1, strides: 4 }));
    expect(y).toHaveLength(384 * 384 * 2);
    // Only the first window has a row and a column of padding. All values are exact.
    expect(y[0]).toBe(4 * 3 * 0.125);
    expect(y.at(-1)).toBe(9 * 3 * 0.125);
    x.dispose();
    w.dispose();
  });

  test("computes a batch of 70,000", async () => {
    const x = randomOperand([70_000, 2, 2, 1], 3);
    const w = randomOperand([2, 2, 1, 1], 4);
    const y = await evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w)));
    expectWithinBound(y, oracle.conv2d(x, w, {}), "conv2d y");
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([4, 17, 13, 24], 5);
    const w = randomOperand([3, 3, 24, 20], 6);
    const run = () =>
      evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w), { padding: "same", strides: 2 }));
    const first = await run();
    for (let i = 0; i < 3; i++) expect(await run()).toEqual(first);
  });

  test("a NaN or infinity reaches only the windows that hold it, also through relu", async () => {
    const x = randomOperand([1, 8, 8, 4], 7);
    x.data[oracle.imageView([1, 8, 8, 4]).index(0, 0, 0, 1)] = Number.NaN;
    x.data[oracle.imageView([1, 8, 8, 4]).index(0, 7, 7, 2)] = Number.POSITIVE_INFINITY;
    const w = randomOperand([3, 3, 4, 8], 8);
    for (const activation of ["none", "relu"] as const) {
      const options = { padding: 1, activation };
      const y = await evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w), options));
      expectWithinBound(y, oracle.conv2d(x, w, options), `conv2d y, ${activation}`);
    }
  });

  test("a NaN in the filter reaches only its own output channel", async () => {
    const x = randomOperand([1, 8, 8, 4], 7);
    const w = randomOperand([3, 3, 4, 8], 8);
    w.data[oracle.filterView([3, 3, 4, 8]).index(2, 2, 3, 7)] = Number.NaN;
    const y = await evaluate(backend(), () => conv2d(upload(backend(), x), upload(backend(), w), { padding: 1 }));
    expect(y.every((value, i) => Number.isNaN(value) === (i % 8 === 7))).toBe(true);
  });
});
