import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adagradUpdate,
  adamUpdate,
  type Backend,
  batchNormalization,
  batchNormalizationBackward,
  batchNormalizationTraining,
  batchNormalizationTrainingBackward,
  createBackend,
  dropout,
  groupNormalization,
  groupNormalizationBackward,
  layerNormalization,
  layerNormalizationBackward,
  meanSquaredError,
  meanSquaredErrorBackward,
  rmspropUpdate,
  sgdUpdate,
  softmax,
  softmaxBackward,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
} from "webgpu-cnn";
import { evaluate, upload } from "../../support/backends.js";
import { evaluateAll } from "../../support/batchNormalization.js";
import { requestDevice, withSmallerLimits } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampledCases } from "../../support/sampling.js";

const BINDING_BYTES = 32 * 1024;

/** Like limits.test.ts: tensors of more than one binding and folded grids, at sizes that a test can afford. */
describe("a device with small limits", () => {
  let device: GPUDevice;
  let backend: Backend;

  beforeAll(async () => {
    device = await requestDevice();
    const limits = { maxStorageBufferBindingSize: BINDING_BYTES, maxComputeWorkgroupsPerDimension: 5 };
    backend = await createBackend({ device: withSmallerLimits(device, limits) });
  });
  afterAll(() => {
    backend.destroy();
    device.destroy();
  });

  const given = (shape: readonly number[], seed: number) => {
    const operand = randomOperand(shape, seed);
    expect(operand.data.byteLength).toBeGreaterThan(BINDING_BYTES);
    return operand;
  };

  test.each([[[40_001]], [[300, 100]]])("drops in parts by the index of each element: %j", async (shape) => {
    const x = given(shape, 1);
    const options = { rate: 0.5, seed: 3, step: 2 };
    const y = await evaluate(backend, () => dropout(upload(backend, x), options));
    expectWithinBound(y, oracle.dropout(x, options), "dropout y");
  });

  test.each([[[40_001]], [[300, 100]]])("computes the mean squared error in parts: %j", async (shape) => {
    const [p, t, dy] = [given(shape, 1), given(shape, 2), randomOperand([], 3)];
    const [predictions, targets] = [upload(backend, p), upload(backend, t)];
    const loss = await evaluate(backend, () => meanSquaredError(predictions, targets));
    expectWithinBound(loss, oracle.pointwiseLoss("meanSquaredError", p, t, {}), "meanSquaredError loss");
    const expected = oracle.pointwiseLossBackward("meanSquaredError", p, t, dy, {});
    const actual = await evaluateAll(backend, () => ({
      ...meanSquaredErrorBackward(predictions, targets, upload(backend, dy)),
    }));
    expectWithinBound(actual.dpredictions, expected.dpredictions, "meanSquaredErrorBackward dpredictions");
    expectWithinBound(actual.dtargets, expected.dtargets, "meanSquaredErrorBackward dtargets");
    const none = { reduction: "none" } as const;
    const losses = await evaluate(backend, () => meanSquaredError(predictions, targets, none));
    expectWithinBound(losses, oracle.pointwiseLoss("meanSquaredError", p, t, none), "meanSquaredError losses");
    const slopes = await evaluateAll(backend, () => ({
      ...meanSquaredErrorBackward(predictions, targets, predictions, none),
    }));
    const ofEach = oracle.pointwiseLossBackward("meanSquaredError", p, t, p, none);
    expectWithinBound(slopes.dpredictions, ofEach.dpredictions, "meanSquaredErrorBackward dpredictions of each");
  });

  test.each([[[40_001]], [[300, 100]]])(
    "takes steps of optimizers in parts, with rates in one binding: %j",
    async (shape) => {
      const [w, dw, m] = [given(shape, 1), given(shape, 2), given(shape, 3)];
      const v = { data: m.data.map((value) => value ** 2), shape };
      const [weights, gradients, moment, square] = [w, dw, m, v].map((operand) => upload(backend, operand));
      if (!weights || !gradients || !moment || !square) throw new Error("four operands give four tensors");
      const hyper = { data: Float32Array.of(0.5, 0.25, 0.3, 0.2), shape: [4] };
      const adam = await evaluateAll(backend, () => ({
        ...adamUpdate(weights, gradients, moment, square, upload(backend, hyper)),
      }));
      const expectedAdam = oracle.adamUpdate(w, dw, m, v, hyper, {});
      for (const name of ["w", "m", "v"] as const)
        expectWithinBound(adam[name], expectedAdam[name], `adamUpdate ${name}`);
      const rates = { data: hyper.data.slice(0, 2), shape: [2] };
      const options = { momentum: 0.9, nesterov: true };
      const sgd = await evaluateAll(backend, () => ({
        ...sgdUpdate(weights, gradients, moment, upload(backend, rates), options),
      }));
      const expectedSgd = oracle.sgdUpdate(w, dw, m, rates, options);
      for (const name of ["w", "velocity"] as const)
        expectWithinBound(sgd[name], expectedSgd[name], `sgdUpdate ${name}`);
      const rmsprop = await evaluateAll<"w" | "v" | "velocity" | "m">(backend, () => {
        const options = { momentum: 0.9, centered: true };
        const next = rmspropUpdate(weights, gradients, square, moment, moment, upload(backend, rates), options);
        return { w: next.w, v: next.v, velocity: next.velocity ?? next.w, m: next.m ?? next.w };
      });
      const expectedRmsprop = oracle.rmspropUpdate({ w, dw, v, velocity: m, m }, rates, {
        momentum: 0.9,
        centered: true,
      });
      for (const name of ["w", "v", "velocity", "m"] as const) {
        expectWithinBound(rmsprop[name], expectedRmsprop[name], `rmspropUpdate ${name}`);
      }
      const adagrad = await evaluateAll(backend, () => ({
        ...adagradUpdate(weights, gradients, square, upload(backend, rates)),
      }));
      const expectedAdagrad = oracle.adagradUpdate(w, dw, v, rates, {});
      for (const name of ["w", "accumulator"] as const) {
        expectWithinBound(adagrad[name], expectedAdagrad[name], `adagradUpdate ${name}`);
      }
    },
  );

  test.each([10, 16])("computes softmax and its cross-entropy in parts: %d classes", async (c) => {
    const n = 3001;
    const [x, dy] = [given([n, c], 1), given([n, c], 2)];
    const [logits, gradient] = [upload(backend, x), upload(backend, dy)];
    expectWithinBound(await evaluate(backend, () => softmax(logits)), oracle.softmax(x), "softmax y");
    const dx = await evaluate(backend, () => softmaxBackward(logits, gradient));
    expectWithinBound(dx, oracle.softmaxBackward(x, dy), "softmaxBackward dx");
    const classes = { data: Float32Array.from({ length: n }, (_, i) => (i * 7) % c), shape: [n] };
    for (const labels of [classes, dy]) {
      for (const reduction of ["mean", "none"] as const) {
        const options = { reduction };
        const loss = await evaluate(backend, () => softmaxCrossEntropy(logits, upload(backend, labels), options));
        expectWithinBound(loss, oracle.softmaxCrossEntropy(x, labels, options), "softmaxCrossEntropy loss");
        const slope = randomOperand(reduction === "none" ? [n] : [], 4);
        const dlogits = await evaluate(backend, () =>
          softmaxCrossEntropyBackward(logits, upload(backend, labels), upload(backend, slope), options),
        );
        const expected = oracle.softmaxCrossEntropyBackward(x, labels, slope, options);
        expectWithinBound(dlogits, expected, "softmaxCrossEntropyBackward dlogits");
      }
    }
  });

  test.each(
    sampledCases([
      ["in fours", [1100, 16]],
      ["by itself", [1700, 7]],
    ] as const),
  )("normalizes batches in parts, each channel %s", async (_, shape) => {
    const [x, dy] = [given(shape, 1), given(shape, 2)];
    const [input, gradient] = [upload(backend, x), upload(backend, dy)];
    const expected = oracle.batchNormalizationTraining(x);
    const actual = await evaluateAll(backend, () => ({ ...batchNormalizationTraining(input) }));
    for (const name of ["y", "mean", "variance"] as const) {
      expectWithinBound(actual[name], expected[name], `batchNormalizationTraining ${name}`);
    }
    const mean = { data: actual.mean, shape: shape.slice(1) };
    const variance = { data: actual.variance, shape: shape.slice(1) };
    const statistics = () => [upload(backend, mean), upload(backend, variance)] as const;
    const y = await evaluate(backend, () => batchNormalization(input, ...statistics()));
    expectWithinBound(y, oracle.batchNormalization(x, mean, variance), "batchNormalization y");
    const through = await evaluateAll(backend, () => ({
      ...batchNormalizationTrainingBackward(input, ...statistics(), gradient),
    }));
    const expectedThrough = oracle.batchNormalizationTrainingBackward(x, mean, variance, dy);
    for (const name of ["dx", "dscale", "dbias"] as const) {
      expectWithinBound(through[name], expectedThrough[name], `batchNormalizationTrainingBackward ${name}`);
    }
    const by = await evaluateAll(backend, () => ({ ...batchNormalizationBackward(input, ...statistics(), gradient) }));
    const expectedBy = oracle.batchNormalizationBackward(x, mean, variance, dy);
    for (const name of ["dx", "dmean", "dvariance", "dscale", "dbias"] as const) {
      expectWithinBound(by[name], expectedBy[name], `batchNormalizationBackward ${name}`);
    }
  });

  test.each(
    sampledCases([
      ["many images", [9, 16, 16, 8], 2],
      ["one image, cut by its pixels", [1, 80, 90, 4], 4],
      ["one group for each image", [3, 32, 32, 6], 1],
    ] as const),
  )("normalizes groups in parts: %s", async (_, shape, groups) => {
    const [x, dy, scale] = [given(shape, 1), given(shape, 2), randomOperand(shape.slice(3), 3)];
    const options = { groups, scale: upload(backend, scale) };
    const y = await evaluate(backend, () => groupNormalization(upload(backend, x), options));
    expectWithinBound(y, oracle.groupNormalization(x, { groups, scale }), "groupNormalization y");
    const expected = oracle.groupNormalizationBackward(x, dy, { groups, scale });
    const actual = await evaluateAll(backend, () => ({
      ...groupNormalizationBackward(upload(backend, x), upload(backend, dy), options),
    }));
    for (const name of ["dx", "dscale", "dbias"] as const) {
      expectWithinBound(actual[name], expected[name], `groupNormalizationBackward ${name}`);
    }
  });

  test.each([10, 16])("normalizes layers in parts: rows of %d", async (c) => {
    const [x, dy, scale] = [given([2001, c], 1), given([2001, c], 2), randomOperand([c], 3)];
    const options = { scale: upload(backend, scale) };
    const y = await evaluate(backend, () => layerNormalization(upload(backend, x), options));
    expectWithinBound(y, oracle.layerNormalization(x, { scale }), "layerNormalization y");
    const expected = oracle.layerNormalizationBackward(x, dy, { scale });
    const actual = await evaluateAll(backend, () => ({
      ...layerNormalizationBackward(upload(backend, x), upload(backend, dy), options),
    }));
    for (const name of ["dx", "dscale", "dbias"] as const) {
      expectWithinBound(actual[name], expected[name], `layerNormalizationBackward ${name}`);
    }
  });
});
