/**
 * The eight functions of the course assignment "Convolutional Neural Networks: Step by Step" (Andrew Ng, deeplearning.ai), under its own
 * names, argument order and shapes, over tensors of either backend. Where the course's code slips (a silent broadcast, the empty
 * slice for `pad = 0`), these throw or do what it meant.
 */
import { OptionError, ShapeError, show } from "../../core/errors.js";
import { windowGeometry } from "../../core/geometry.js";
import { OptionReader } from "../../core/options.js";
import { checkShape, type Shape, sameShape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { conv2d } from "../conv/conv2d.js";
import { conv2dBackward } from "../conv/conv2dBackward.js";
import { checkTensors } from "../kit/execute.js";
import { pad2d } from "../pad/pad2d.js";
import { averagePool2d } from "../pool/averagePool2d.js";
import { averagePool2dBackward } from "../pool/averagePool2dBackward.js";
import { maxPool2d } from "../pool/maxPool2d.js";
import { maxPool2dBackward } from "../pool/maxPool2dBackward.js";

export interface ConvHyperparameters {
  readonly stride: number;
  readonly pad: number;
}

export interface PoolHyperparameters {
  /** Side of the square window. */
  readonly f: number;
  readonly stride: number;
}

/** What `convForward` keeps for `convBackward`: handles on the caller's tensors, which must live until then. */
export type ConvCache = readonly [APrev: Tensor, W: Tensor, b: Tensor, hparameters: ConvHyperparameters];
/** What `poolForward` keeps for `poolBackward`, likewise. */
export type PoolCache = readonly [APrev: Tensor, hparameters: PoolHyperparameters];

/**
 * Pads height and width of a batch of images with zeros.
 *
 * @param X (m, n_H, n_W, n_C)
 * @param pad how much on each side, an integer ≥ 0
 * @returns (m, n_H + 2·pad, n_W + 2·pad, n_C)
 * @throws OptionError, ShapeError
 */
export function zeroPad(X: Tensor, pad: number): Tensor {
  checkTensors("zeroPad", { X });
  checkRank("zeroPad", "X", X, 4);
  const padding = new OptionReader("zeroPad", { pad }, ["pad"]).integer("pad", 0);
  return pad2d(X, { padding });
}

/**
 * One step of a convolution: the sum of one window's products with the filter, plus the bias.
 *
 * @param aSlicePrev one window of the input, (f, f, n_C_prev)
 * @param W the filter, of the same shape
 * @param b (1, 1, 1)
 * @returns a scalar tensor []
 * @throws ShapeError
 */
export function convSingleStep(aSlicePrev: Tensor, W: Tensor, b: Tensor): Tensor {
  const operator = "convSingleStep";
  const backend = checkTensors(operator, { aSlicePrev, W, b });
  checkRank(operator, "aSlicePrev", aSlicePrev, 3);
  checkShapeIs(operator, "W", W, aSlicePrev.shape, "the shape of aSlicePrev");
  checkShapeIs(operator, "b", b, [1, 1, 1], "one bias");
  return backend.tidy(() => {
    const x = reshape(aSlicePrev, [1, ...aSlicePrev.shape]);
    const w = reshape(W, [...W.shape, 1]);
    return reshape(conv2d(x, w, { bias: reshape(b, [1]) }), []);
  });
}

/**
 * The forward pass of a convolution layer.
 *
 * @param APrev (m, n_H_prev, n_W_prev, n_C_prev)
 * @param W (f, f, n_C_prev, n_C)
 * @param b (1, 1, 1, n_C)
 * @returns Z (m, n_H, n_W, n_C) with n_H = ⌊(n_H_prev − f + 2·pad) / stride⌋ + 1 and n_W alike, and the cache for `convBackward`
 * @throws OptionError; ShapeError if W is not square, its channels or b do not match, or it is larger than the padded
 * input
 */
export function convForward(
  APrev: Tensor,
  W: Tensor,
  b: Tensor,
  hparameters: ConvHyperparameters,
): [Z: Tensor, cache: ConvCache] {
  const cache: ConvCache = [APrev, W, b, hparameters];
  const { options } = readConv("convForward", cache);
  const Z = APrev.backend.tidy(() => conv2d(APrev, W, { ...options, bias: reshape(b, [b.size]) }));
  return [Z, cache];
}

/**
 * The forward pass of a pooling layer, without padding.
 *
 * @param APrev (m, n_H_prev, n_W_prev, n_C)
 * @param mode "max" or "average"
 * @returns A (m, n_H, n_W, n_C) with n_H = ⌊(n_H_prev − f) / stride⌋ + 1 and n_W alike, and the cache for `poolBackward`
 * @throws OptionError; ShapeError if the window is larger than the input
 */
export function poolForward(
  APrev: Tensor,
  hparameters: PoolHyperparameters,
  mode: "max" | "average" = "max",
): [A: Tensor, cache: PoolCache] {
  const cache: PoolCache = [APrev, hparameters];
  const { options } = readPool("poolForward", cache, mode);
  return [mode === "max" ? maxPool2d(APrev, options) : averagePool2d(APrev, options), cache];
}

/**
 * The backward pass of a convolution layer.
 *
 * @param dZ the gradient of the cost with respect to Z, (m, n_H, n_W, n_C)
 * @param cache from `convForward`
 * @returns dAPrev, dW and db, of the shapes of APrev, W and b
 * @throws ShapeError if dZ is not of Z's shape; OptionError for what is no cache
 */
export function convBackward(dZ: Tensor, cache: ConvCache): [dAPrev: Tensor, dW: Tensor, db: Tensor] {
  checkCache("convBackward", cache, 4, "convForward");
  const { options, outputShape } = readConv("convBackward", cache);
  const [APrev, W, b] = cache;
  checkTensors("convBackward", { APrev, dZ });
  checkShapeIs("convBackward", "dZ", dZ, outputShape, "the shape of Z");
  return APrev.backend.tidy(() => {
    const { dx, dw, db } = conv2dBackward(APrev, W, dZ, options);
    return [dx, dw, reshape(db, b.shape)];
  });
}

/**
 * The mask of a window's maxima.
 *
 * @param x any shape, (f, f) in the course
 * @returns of x's shape: 1 at every entry equal to the maximum, else 0
 */
export function createMaskFromWindow(x: Tensor): Tensor {
  const backend = checkTensors("createMaskFromWindow", { x });
  return backend.tidy(() => {
    const window = reshape(x, [1, x.size, 1, 1]);
    const one = backend.full([1, 1, 1, 1], 1);
    return reshape(maxPool2dBackward(window, one, { windowDimensions: [x.size, 1], ties: "all" }), x.shape);
  });
}

/**
 * Spreads a gradient evenly over a window.
 *
 * @param dz a scalar tensor []
 * @param shape (n_H, n_W) of the window
 * @returns (n_H, n_W), dz / (n_H · n_W) everywhere
 * @throws ShapeError
 */
export function distributeValue(dz: Tensor, shape: Shape): Tensor {
  const operator = "distributeValue";
  const backend = checkTensors(operator, { dz });
  if (dz.shape.length > 0) throw new ShapeError(`${operator}: dz is [${dz.shape.join(", ")}], expected a scalar []`);
  const [height, width, ...rest] = checkShape(operator, "shape", shape);
  if (height === undefined || width === undefined || rest.length > 0) {
    throw new ShapeError(`${operator}: shape is ${show(shape)}, expected [n_H, n_W]`);
  }
  return backend.tidy(() => {
    const dy = reshape(dz, [1, 1, 1, 1]);
    const window = averagePool2dBackward([1, height, width, 1], dy, { windowDimensions: [height, width] });
    return reshape(window, [height, width]);
  });
}

/**
 * The backward pass of a pooling layer. In mode "max", every tied maximum takes the whole gradient, as the course's mask has it.
 *
 * @param dA the gradient of the cost with respect to A, (m, n_H, n_W, n_C)
 * @param cache from `poolForward`
 * @param mode the forward's `mode`
 * @returns dAPrev, of the shape of APrev
 * @throws ShapeError if dA is not of A's shape; OptionError for what is no cache or an unknown mode
 */
export function poolBackward(dA: Tensor, cache: PoolCache, mode: "max" | "average" = "max"): Tensor {
  checkCache("poolBackward", cache, 2, "poolForward");
  const { options, outputShape } = readPool("poolBackward", cache, mode);
  const [APrev] = cache;
  checkTensors("poolBackward", { APrev, dA });
  checkShapeIs("poolBackward", "dA", dA, outputShape, "the shape of A");
  return mode === "max"
    ? maxPool2dBackward(APrev, dA, { ...options, ties: "all" })
    : averagePool2dBackward(APrev.shape, dA, options);
}

function readConv(operator: string, [APrev, W, b, hparameters]: ConvCache) {
  checkTensors(operator, { APrev, W, b });
  const reader = new OptionReader(operator, hparameters, ["stride", "pad"], "hparameters");
  const stride = reader.integer("stride", 1);
  const pad = reader.integer("pad", 0);
  const [m, height, width, channels] = checkRank(operator, "APrev", APrev, 4);
  const [f, f2, filterChannels, outputs] = checkRank(operator, "W", W, 4);
  if (f !== f2)
    throw new ShapeError(`${operator}: W is [${W.shape.join(", ")}], expected a square filter (f, f, n_C_prev, n_C)`);
  if (filterChannels !== channels) {
    throw new ShapeError(
      `${operator}: W has ${filterChannels} input channels, expected n_C_prev = ${channels} (APrev [${APrev.shape.join(", ")}], W [${W.shape.join(", ")}])`,
    );
  }
  checkShapeIs(operator, "b", b, [1, 1, 1, outputs], "one bias for each filter");
  const input = { n: m, h: height, w: width, c: channels };
  const { p, q } = squareWindow(operator, input, f, stride, pad);
  return { options: { strides: stride, padding: pad }, outputShape: [m, p, q, outputs] };
}

function readPool(operator: string, [APrev, hparameters]: PoolCache, mode: unknown) {
  checkTensors(operator, { APrev });
  new OptionReader(operator, { mode }, ["mode"]).word("mode", ["max", "average"]);
  const reader = new OptionReader(operator, hparameters, ["f", "stride"], "hparameters");
  const f = reader.integer("f", 1);
  const stride = reader.integer("stride", 1);
  const [m, height, width, channels] = checkRank(operator, "APrev", APrev, 4);
  const { p, q } = squareWindow(operator, { n: m, h: height, w: width, c: channels }, f, stride, 0);
  return { options: { windowDimensions: f, strides: stride }, outputShape: [m, p, q, channels] };
}

type Image = Parameters<typeof windowGeometry>[1];

/** The course's windows: square, the same stride and padding on all sides. @throws ShapeError if not one fits */
function squareWindow(operator: string, input: Image, f: number, stride: number, pad: number) {
  return windowGeometry(operator, input, {
    window: [f, f],
    strides: [stride, stride],
    dilations: [1, 1],
    padding: [pad, pad, pad, pad],
    rounding: "floor",
  });
}

function checkCache(operator: string, cache: unknown, length: number, origin: string): void {
  if (Array.isArray(cache) && cache.length === length) return;
  throw new OptionError(`${operator}: cache is ${show(cache)}, expected the second result of ${origin}`);
}

function checkRank(
  operator: string,
  argument: string,
  tensor: Tensor,
  rank: 3 | 4,
): readonly [number, number, number, number] {
  const [a, b, c, d = 1] = tensor.shape;
  if (tensor.shape.length === rank && a !== undefined && b !== undefined && c !== undefined) return [a, b, c, d];
  throw new ShapeError(`${operator}: ${argument} is [${tensor.shape.join(", ")}], expected ${rank} axes`);
}

function checkShapeIs(operator: string, argument: string, tensor: Tensor, expected: Shape, what: string): void {
  if (sameShape(tensor.shape, expected)) return;
  throw new ShapeError(
    `${operator}: ${argument} is [${tensor.shape.join(", ")}], expected [${expected.join(", ")}], ${what}`,
  );
}
