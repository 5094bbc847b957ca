import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  argMax,
  averagePool2d,
  type Backend,
  conv2d,
  conv2dBackward,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  createBackend,
  type GroupNormalizationOptions,
  globalMaxPool2d,
  globalMaxPool2dBackward,
  groupNormalization,
  groupNormalizationBackward,
  layerNormalization,
  matmul,
  maxPool2d,
  maxPool2dBackward,
  reduceMax,
  reduceMaxBackward,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import { pool2dCase } from "../../support/arbitraries.js";
import { evaluate, upload } from "../../support/backends.js";
import { conv2dCase } from "../../support/convolutionCases.js";
import { claimingToBeAGPU, requestDevice } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { gradients, normalized } from "../../support/groupNormalization.js";
import { groupNormalizationCase, layerNormalizationCase } from "../../support/groupNormalizationCase.js";
import { randomIntegers, randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

// The plans of a GPU, run on any adapter. A software adapter never gets these plans by itself.
describe("plans for a GPU", () => {
  let backend: Backend;
  let device: GPUDevice;
  beforeAll(async () => {
    device = await requestDevice(({ features, limits }) => ({
      requiredFeatures: (["subgroups"] as const).filter((feature) => features.has(feature)),
      requiredLimits: { maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize },
    }));
    backend = await createBackend({ device: claimingToBeAGPU(device) });
  });
  afterAll(async () => {
    await backend.settled();
    backend.destroy();
    device.destroy();
  });

  const up = (operand: oracle.Operand) => upload(backend, operand);
  const run = (make: () => Tensor) => evaluate(backend, make);
  const kernelsOf = (make: () => Tensor) =>
    backend.explain(make).operators.flatMap(({ dispatches }) => dispatches.map(({ kernel }) => kernel));

  test("convolution and its gradients keep the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(conv2dCase(), async ({ xShape, wShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        const w = randomOperand(wShape, seed + 1);
        const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), seed + 2);
        const y = await run(() => conv2d(up(x), up(w), options));
        expectWithinBound(y, oracle.conv2d(x, w, options), "conv2d y");
        const dx = await run(() => conv2dBackwardInput(up(dy), up(w), xShape, options));
        expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, xShape, options), "conv2dBackwardInput dx");
        const dw = await run(() => conv2dBackwardFilter(up(x), up(dy), wShape, options));
        expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, wShape, options), "conv2dBackwardFilter dw");
      }),
      { numRuns: sampled(40) },
    );
  });

  test.each(
    sampledCases([
      ["tiles of 32", [1, 9, 11, 32], [3, 3, 32, 36], { padding: 1 }],
      ["output channels one by one", [1, 9, 11, 36], [3, 3, 36, 33], { padding: 1 }],
      ["stride phases", [2, 9, 10, 20], [3, 3, 20, 32], { padding: 1, strides: 2 }],
      ["groups", [1, 7, 9, 64], [3, 3, 32, 64], { padding: 1, groups: 2 }],
      ["dilated", [1, 13, 12, 16], [3, 2, 16, 32], { dilations: 2 }],
    ] as const),
  )("computes the gradient of the input with the transposed filter, %s", async (_, xShape, wShape, options) => {
    const w = randomOperand(wShape, 1);
    // An infinite weight reaches only the elements that it is multiplied into.
    w.data[5] = Number.POSITIVE_INFINITY;
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 2);
    const make = () => conv2dBackwardInput(up(dy), up(w), xShape, options);
    expect(kernelsOf(make)).toEqual([
      "shaders/arrange/transpose.wgsl",
      "shaders/conv/conv2dBackwardInput/tiledGemm.wgsl",
    ]);
    expectWithinBound(await run(make), oracle.conv2dBackwardInput(dy, w, xShape, options), "conv2dBackwardInput dx");
  });

  test.each(
    sampledCases([
      ["one channel, slices added in two steps", [1, 200, 190, 1], 3],
      ["four channels, slices added in two steps", [2, 120, 130, 4], 3],
      ["channels not in fours, slices added in two steps", [1, 90, 85, 6], 3],
      ["two pixels", [1, 1, 2, 3], 1],
      ["one pixel", [1, 1, 1, 8], 1],
    ] as const),
  )("computes the gradient of the bias: %s", async (_, shape, dispatches) => {
    const dy = randomOperand(shape, 1);
    const make = () => conv2dBackwardBias(up(dy));
    expect(kernelsOf(make)).toEqual(Array(dispatches).fill("shaders/kit/sum.wgsl"));
    expectWithinBound(await run(make), oracle.conv2dBackwardBias(dy, {}), "db");
  });

  test.each(
    sampledCases([
      ["large tiles", [2, 17, 19, 64], [3, 3, 64, 68], { padding: 1 }],
      ["tiles of 32", [3, 11, 12, 16], [1, 1, 16, 20], {}],
      ["groups", [2, 9, 10, 32], [3, 3, 16, 40], { padding: 1, groups: 2, strides: 2 }],
      ["input channels not in fours", [1, 30, 31, 3], [5, 5, 3, 24], { strides: 2 }],
      ["one slice", [1, 2, 3, 16], [2, 2, 16, 16], {}],
    ] as const),
  )("computes the gradient of the bias in the pass of the filter: %s", async (_, xShape, wShape, options) => {
    const x = randomOperand(xShape, 1);
    // The gradient of the bias does not depend on x.
    x.data[3] = Number.NaN;
    const w = randomOperand(wShape, 2);
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), 3);
    const make = () => conv2dBackward(up(x), up(w), up(dy), options);
    const filter = backend.explain(make).operators.find(({ operator }) => operator === "conv2dBackwardFilter");
    const [first, ...others] = filter?.dispatches ?? [];
    expect(first?.kernel).toBe("shaders/conv/conv2dBackwardFilter/tiledGemm.wgsl");
    expect(first?.constants["GIVE_DB"]).toBe(true);
    expect(new Set(others.map(({ kernel }) => kernel))).toEqual(new Set(["shaders/kit/sumSlices.wgsl"]));
    expectWithinBound(await run(() => make().dw), oracle.conv2dBackwardFilter(x, dy, wShape, options), "dw");
    const db = await run(() => make().db);
    expectWithinBound(db, oracle.conv2dBackwardBias(dy, options), "db");
    expect(await run(() => make().db)).toEqual(db);
  });

  test.each(
    sampledCases([
      ["in blocks", 8000, true],
      ["by itself, since the slices are long", 9000, false],
    ] as const),
  )("adds the gradient of the bias accurately: %s", async (_, q, givesDb) => {
    // A value whose sums are rounded the same way many times in a row.
    const dy = { data: new Float32Array(2 * q * 16).fill(0.1), shape: [1, 2, q, 16] };
    const db = () => conv2dBackward(backend.zeros(dy.shape), backend.zeros([1, 1, 16, 16]), up(dy)).db;
    const filter = backend.explain(db).operators.find(({ operator }) => operator === "conv2dBackwardFilter");
    expect(filter?.dispatches[0]?.kernel).toBe("shaders/conv/conv2dBackwardFilter/tiledGemm.wgsl");
    expect(filter?.dispatches[0]?.constants["GIVE_DB"] ?? false).toBe(givesDb);
    const terms = 2 * q;
    const exact = terms * Math.fround(0.1);
    for (const sum of await run(db)) {
      expect(Math.abs(sum - exact)).toBeLessThan((8 + Math.log2(terms)) * 2 ** -24 * exact);
    }
  });

  test.each(
    sampledCases([
      ["tiles", [16, 32_800], [32_800, 32], true],
      ["strips, odd", [3, 40_001], [40_001, 33], false],
    ] as const),
  )("cuts long sums of a product into slices: %s", async (_, aShape, bShape, tiled) => {
    const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
    const make = () => matmul(up(a), up(b));
    const [launched] = backend.explain(make).operators.flatMap(({ dispatches }) => dispatches);
    expect(launched?.constants).toMatchObject({ TILED: tiled, SLICED: true });
    expectWithinBound(await run(make), oracle.matmul(a, b, {}), "matmul y");
  });

  test("leaves the sums of ordinary products whole", () => {
    const kernels = (m: number, k: number, n: number) =>
      kernelsOf(() => matmul(backend.zeros([m, k]), backend.zeros([k, n])));
    for (const k of [400, 4096, 25_088]) {
      expect(kernels(64, k, 128)[0]).toBe("shaders/conv/conv2d/tiledGemm.wgsl");
      const batched = () => matmul(backend.zeros([2, 8, k]), backend.zeros([2, k, 8]));
      expect(kernelsOf(batched)).toEqual(["shaders/matmul/matmul.wgsl"]);
    }
  });

  test("computes the gradient of the filter: many slices added in two steps", async () => {
    const [xShape, wShape] = [
      [40, 28, 28, 1],
      [5, 5, 1, 8],
    ];
    const x = randomOperand(xShape, 1);
    const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, { padding: 2 }), 2);
    const make = () => conv2dBackwardFilter(up(x), up(dy), wShape, { padding: 2 });
    expect(kernelsOf(make).slice(1)).toEqual(["shaders/kit/sumSlices.wgsl", "shaders/kit/sumSlices.wgsl"]);
    const expected = oracle.conv2dBackwardFilter(x, dy, wShape, { padding: 2 });
    expectWithinBound(await run(make), expected, "conv2dBackwardFilter dw");
  });

  const extent = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(31, 32, 33, 65));
  const shapeAndPermutation = fc
    .array(extent, { minLength: 2, maxLength: 4 })
    .filter((shape) => oracle.sizeOf(shape) < 2 ** 17)
    .chain((shape) =>
      fc
        .shuffledSubarray([...shape.keys()], { minLength: shape.length })
        .map((permutation) => ({ shape, permutation })),
    );

  test.each(
    sampledCases([
      ["the last two axes", [3, 33, 40], [0, 2, 1], true],
      ["channels to the front, rows and columns as one axis", [2, 7, 7, 24], [0, 3, 1, 2], true],
      ["the innermost axis of x becomes the outermost", [4, 5, 9], [2, 0, 1], true],
      ["the last axis stays the last", [9, 33, 40], [1, 0, 2], false],
      ["fewer elements than a tile", [33, 3], [1, 0], false],
      ["six axes", [2, 3, 2, 3, 9, 33], [5, 2, 1, 3, 0, 4], true],
      ["six axes, short rows", [3, 2, 9, 2, 3, 2], [2, 5, 1, 4, 0, 3], false],
    ] as const),
  )("transposes: %s", async (_, shape, permutation, tiled) => {
    const x = randomOperand(shape, 1);
    const make = () => transpose(up(x), { permutation });
    const [launched] = backend.explain(make).operators.flatMap(({ dispatches }) => dispatches);
    expect(launched?.constants["TILED"]).toBe(tiled);
    expectWithinBound(await run(make), oracle.transpose(x, permutation), "transpose y");
  });

  test("transposition moves every value exactly", async () => {
    await fc.assert(
      fc.asyncProperty(shapeAndPermutation, async ({ shape, permutation }) => {
        const x = randomOperand(shape, 1);
        const y = await run(() => transpose(up(x), { permutation }));
        expectWithinBound(y, oracle.transpose(x, permutation), "transpose y");
      }),
      { numRuns: sampled(60) },
    );
  });

  test.each(
    sampledCases([
      ["slices merged in two steps", [1, 211, 190, 1], 3],
      ["slices merged in one step", [2, 35, 33, 3], 2],
      ["one slice", [2, 5, 5, 8], 1],
    ] as const),
  )("finds the maxima of whole images: %s", async (_, shape, dispatches) => {
    const x = { data: randomIntegers(oracle.sizeOf(shape), 1), shape };
    x.data[oracle.sizeOf(shape) >> 1] = Number.NaN;
    const make = () => globalMaxPool2d(up(x));
    expect(kernelsOf(make)).toEqual(Array(dispatches).fill("shaders/pool/globalMaxPool2d.wgsl"));
    expectWithinBound(await run(make), oracle.globalMaxPool2d(x), "globalMaxPool2d y");
    const dy = randomOperand([shape[0], 1, 1, shape[3]], 2);
    const dx = await run(() => globalMaxPool2dBackward(up(x), up(dy)));
    expectWithinBound(dx, oracle.globalMaxPool2dBackward(x, dy), "globalMaxPool2dBackward dx");
  });

  test.each(
    sampledCases([
      ["large tiles", [256, 36, 24], [256, 24, 36], true],
      ["small tiles", [3, 70, 36], [3, 36, 40], true],
      ["terms not in fours", [2, 1, 33, 70], [3, 70, 36], true],
      ["few rows", [5, 3, 40], [5, 40, 64], false],
      ["columns not in fours", [5, 30, 40], [5, 40, 33], false],
    ]),
  )("multiplies the matrices of a batch: %s", async (_, aShape, bShape, tiled) => {
    const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
    const options = { bias: randomOperand(bShape.slice(-1), 3), activation: "relu" } as const;
    const make = () => matmul(up(a), up(b), { ...options, bias: up(options.bias) });
    const [launched] = backend.explain(make).operators.flatMap(({ dispatches }) => dispatches);
    expect(launched?.constants["TILED"]).toBe(tiled);
    expectWithinBound(await run(make), oracle.matmul(a, b, options), "matmul y");
  });

  test.each(
    sampledCases([
      ["one long row", [40_000], {}],
      ["long rows, odd", [3, 5001], { axes: [1] }],
      ["long columns", [4000, 8], { axes: [0] }],
    ] as const),
  )("finds extrema in slices: %s", async (_, shape, options) => {
    const x = { data: randomIntegers(oracle.sizeOf(shape), 1), shape };
    const dy = randomOperand(oracle.reducedShape(shape, options), 2);
    expectWithinBound(await run(() => reduceMax(up(x), options)), oracle.reduceMax(x, options), "reduceMax y");
    const dx = await run(() => reduceMaxBackward(up(x), up(dy), options));
    expectWithinBound(dx, oracle.reduceMaxBackward(x, dy, options), "reduceMaxBackward dx");
    const axis = shape.length === 2 && "axes" in options && options.axes[0] === 1 ? 1 : 0;
    expectWithinBound(await run(() => argMax(up(x), { axis })), oracle.argMax(x, axis), "argMax y");
  });

  test("pools keep the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(pool2dCase(), async ({ xShape, options, ties, countIncludePad, seed }) => {
        const x = { data: randomIntegers(oracle.sizeOf(xShape), seed), shape: xShape };
        const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), seed + 1);
        expectWithinBound(await run(() => maxPool2d(up(x), options)), oracle.maxPool2d(x, options), "maxPool2d y");
        const average = { ...options, countIncludePad };
        const y = await run(() => averagePool2d(up(x), average));
        expectWithinBound(y, oracle.averagePool2d(x, average), "averagePool2d y");
        const dx = await run(() => maxPool2dBackward(up(x), up(dy), { ...options, ties }));
        expectWithinBound(dx, oracle.maxPool2dBackward(x, dy, { ...options, ties }), "maxPool2dBackward dx");
      }),
      { numRuns: sampled(30) },
    );
  });

  test("normalizations by groups keep their bounds over random shapes in many slices", async () => {
    await fc.assert(
      fc.asyncProperty(groupNormalizationCase(), layerNormalizationCase(), async (images, rows) => {
        const group = { name: "groupNormalization", operator: groupNormalization, oracle: oracle.groupNormalization };
        await normalized(backend, group, images.x, images.options);
        const layer = { name: "layerNormalization", operator: layerNormalization, oracle: oracle.layerNormalization };
        await normalized(backend, layer, rows.x, rows.options);
      }),
      { numRuns: sampled(20) },
    );
  });

  test.each(
    sampledCases([
      ["one row", [1, 1, 1, 9000], 1],
      ["one image, four groups at a time", [1, 50, 60, 8], 8],
      ["one image, four channels of a group at a time", [1, 50, 60, 8], 2],
      ["groups of odd channels", [2, 40, 30, 6], 2],
    ] as const),
  )("computes the gradients of group normalization in many slices: %s", async (_, shape, groups) => {
    const [x, dy] = [randomOperand(shape, 1), randomOperand(shape, 2)];
    const subject = {
      name: "groupNormalizationBackward",
      operator: (x: Tensor, dy: Tensor, options: GroupNormalizationOptions) => ({
        ...groupNormalizationBackward(x, dy, options),
      }),
      oracle: oracle.groupNormalizationBackward,
      forward: oracle.groupNormalization,
    };
    await gradients(backend, subject, x, dy, { groups, scale: randomOperand(shape.slice(3), 3) });
  });
});
