import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2dBackwardInput, convTranspose2d } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { convTranspose2dCase } from "../../support/convolutionCases.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("convTranspose2d", (backend) => {
  const transposed = (x: oracle.Operand, w: oracle.Operand, { bias, ...options }: oracle.ConvTranspose2dOptions = {}) =>
    evaluate(backend(), () =>
      convTranspose2d(upload(backend(), x), upload(backend(), w), {
        ...options,
        bias: bias && upload(backend(), bias),
      }),
    );

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(convTranspose2dCase(), async ({ xShape, wShape, options, channels, bias, activation, seed }) => {
        const x = randomOperand(xShape, seed);
        const w = randomOperand(wShape, seed + 1);
        const all = { ...options, activation, ...(bias ? { bias: randomOperand([channels], seed + 2) } : {}) };
        expectWithinBound(await transposed(x, w, all), oracle.convTranspose2d(x, w, all), "convTranspose2d y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test.each(
    sampledCases([
      ["one of everything", [1, 1, 1, 1], [1, 1, 1, 1], {}],
      ["a decoder's doubling", [2, 7, 7, 64], [3, 3, 32, 64], { strides: 2, padding: "same" }],
      ["a checkerboard-free doubling", [1, 9, 5, 16], [4, 4, 8, 16], { strides: 2, padding: 1 }],
      ["a stride larger than the filter", [1, 4, 5, 4], [2, 1, 3, 4], { strides: [5, 3], outputPadding: [4, 2] }],
      ["a stride larger than the filter, with holes", [1, 4, 5, 4], [2, 1, 3, 4], { strides: [5, 3], padding: "same" }],
      ["depthwise", [1, 5, 5, 8], [3, 3, 1, 8], { groups: 8, strides: 2, padding: 1, outputPadding: 1 }],
      ["one pixel", [3, 1, 1, 100], [4, 4, 12, 100], {}],
      ["a column from one pixel", [1, 1, 1, 1], [2, 1, 1, 1], {}],
      ["patches side by side", [2, 3, 5, 8], [2, 2, 3, 8], { strides: 2 }],
      ["one output channel", [1, 1, 1, 32], [1, 1, 1, 32], {}],
    ] as const),
  )("keeps the numerical promise, also with a bias and a ReLU: %s", async (_, xShape, wShape, options) => {
    const [x, w] = [randomOperand(xShape, 1), randomOperand(wShape, 2)];
    expectWithinBound(await transposed(x, w, options), oracle.convTranspose2d(x, w, options), "convTranspose2d y");
    const channels = oracle.convTranspose2dOutputShape(xShape, wShape, options).slice(-1);
    const finished = { ...options, bias: randomOperand(channels, 3), activation: "relu" } as const;
    expectWithinBound(await transposed(x, w, finished), oracle.convTranspose2d(x, w, finished), "convTranspose2d y");
  });

  test("equals the gradient of a convolution's input to the last bit", async () => {
    const dy = randomOperand([2, 6, 5, 8], 1);
    const w = randomOperand([3, 3, 4, 8], 2);
    const dx = await evaluate(backend(), () =>
      conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), [2, 12, 10, 4], { strides: 2, padding: 1 }),
    );
    expect(await transposed(dy, w, { strides: 2, padding: 1, outputSizes: [12, 10] })).toEqual(dx);
  });

  test("has the extents of Keras and PyTorch", () => {
    const shape = (options: object) =>
      convTranspose2d(backend().zeros([1, 5, 7, 2]), backend().zeros([3, 3, 4, 2]), options).shape;
    expect(shape({})).toEqual([1, 7, 9, 4]);
    expect(shape({ strides: 2, padding: "same" })).toEqual([1, 10, 14, 4]);
    expect(shape({ strides: 2, padding: 1, outputPadding: [1, 0] })).toEqual([1, 10, 13, 4]);
    expect(shape({ strides: 2, padding: 1, outputSizes: [9, 14], outputPadding: 7 })).toEqual([1, 9, 14, 4]);
    expect(shape({ strides: 2, dilations: 2 })).toEqual([1, 13, 17, 4]);
  });

  test("gives the same bits on every run", async () => {
    const [x, w] = [randomOperand([2, 9, 8, 12], 5), randomOperand([3, 3, 20, 12], 6)];
    const options = { strides: 2, padding: "same", activation: "relu", bias: randomOperand([20], 7) } as const;
    const first = await transposed(x, w, options);
    for (let i = 0; i < 3; i++) expect(await transposed(x, w, options)).toEqual(first);
  });

  test.each(sampledCases(["none", "relu"] as const))(
    "a NaN or infinity reaches only its own outputs, activation %s",
    async (activation) => {
      for (const channels of [3, 8]) {
        const [x, w] = [randomOperand([1, 6, 6, channels], 5), randomOperand([3, 3, 4, channels], 6)];
        x.data[0] = Number.NaN;
        x.data[x.data.length - 1] = Number.POSITIVE_INFINITY;
        w.data[channels] = Number.NEGATIVE_INFINITY;
        const options = { strides: 2, activation, bias: randomOperand([4], 7) };
        expectWithinBound(await transposed(x, w, options), oracle.convTranspose2d(x, w, options), "convTranspose2d y");
      }
    },
  );

  test("is one operator in explain", () => {
    const zeros = (...shape: number[]) => backend().zeros(shape);
    const explained = backend().explain(() =>
      convTranspose2d(zeros(1, 4, 4, 8), zeros(3, 3, 4, 8), { bias: zeros(4), activation: "relu" }),
    );
    expect(explained.operators.map(({ operator }) => operator)).toEqual(["convTranspose2d"]);
  });
});
