/**
 * The eight functions of the course assignment "Convolutional Neural Networks: Step by Step" (Andrew Ng,
 * deeplearning.ai). Names, argument order and shapes are those of the course. The tensors may be on either backend.
 *
 * The course's code has slips. It broadcasts a bias of a wrong shape without an error; these functions throw. For `pad
 * = 0` it takes an empty slice of dAPrev; `convBackward` returns the whole gradient.
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

/** The stride and the padding of a convolution layer. */
export interface ConvHyperparameters {
  /** The distance between neighbouring windows, an integer ≥ 1. */
  readonly stride: number;
  /** The zeros on each side of the images, an integer ≥ 0. */
  readonly pad: number;
}

/** The window and the stride of a pooling layer. */
export interface PoolHyperparameters {
  /** The side of the square window, an integer ≥ 1. */
  readonly f: number;
  /** The distance between neighbouring windows, an integer ≥ 1. */
  readonly stride: number;
}

/** The values that `convForward` keeps for `convBackward`. The tensors are the caller's own: keep them until then. */
export type ConvCache = readonly [APrev: Tensor, W: Tensor, b: Tensor, hparameters: ConvHyperparameters];
/** The values that `poolForward` keeps for `poolBackward`. The tensor is the caller's own: keep it until then. */
export type PoolCache = readonly [APrev: Tensor, hparameters: PoolHyperparameters];

/**
 * Pads the height and width of images with zeros.
 *
 * @param X float32 (m, n_H, n_W, n_C)
 * @param pad the zeros on each side, an integer ≥ 0
 * @returns float32 (m, n_H + 2·pad, n_W + 2·pad, n_C)
 * @throws OptionError if `pad` is invalid; ShapeError if X does not have 4 axes; DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @example
 * ```ts
 * const X = backend.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
 * const padded = zeroPad(X, 1);
 * padded.shape; // [1, 4, 4, 1]
 * await padded.read(); // [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0]
 * ```
 */
export function zeroPad(X: Tensor, pad: number): Tensor {
  checkTensors("zeroPad", { X });
  checkRank("zeroPad", "X", X, 4);
  const padding = new OptionReader("zeroPad", { pad }, ["pad"]).integer("pad", 0);
  return pad2d(X, { padding });
}

/**
 * Applies one filter to one window: multiplies them element by element, adds the products up, and adds the bias.
 *
 * @param aSlicePrev float32 (f, f, n_C_prev), one window of the input
 * @param W float32 (f, f, n_C_prev), the filter
 * @param b float32 (1, 1, 1)
 * @returns a float32 scalar []
 * @throws ShapeError if aSlicePrev does not have 3 axes, or if W or b has another shape; BackendMismatchError,
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const window = backend.tensor([1, 2, 3, 4], [2, 2, 1]);
 * const W = backend.tensor([1, 0, 0, 1], [2, 2, 1]);
 * const b = backend.tensor([10], [1, 1, 1]);
 * await convSingleStep(window, W, b).read(); // [15]
 * ```
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
 * Computes a convolution layer.
 *
 * @param APrev float32 (m, n_H_prev, n_W_prev, n_C_prev), the output of the layer before
 * @param W float32 (f, f, n_C_prev, n_C), the filters
 * @param b float32 (1, 1, 1, n_C), one bias for each filter
 * @param hparameters the stride and the padding
 * @returns Z, float32 (m, n_H, n_W, n_C), with n_H = ⌊(n_H_prev − f + 2·pad) / stride⌋ + 1, and n_W by the same
 * equation; and the cache for `convBackward`
 * @throws OptionError if a hyperparameter is invalid; ShapeError if W is not square, if its channels are not those of
 * APrev, if b does not fit W, or if W is larger than the padded input; BackendMismatchError, DisposedError,
 * BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const APrev = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * const W = backend.full([2, 2, 1, 1], 1);
 * const b = backend.zeros([1, 1, 1, 1]);
 * const [Z, cache] = convForward(APrev, W, b, { stride: 1, pad: 0 });
 * Z.shape; // [1, 2, 2, 1]
 * await Z.read(); // [12, 16, 24, 28]
 * const [dAPrev, dW, db] = convBackward(Z, cache);
 * ```
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
 * Computes a pooling layer. There is no padding.
 *
 * @param APrev float32 (m, n_H_prev, n_W_prev, n_C), the output of the layer before
 * @param hparameters the side of the window, and the stride
 * @param mode "max" or "average"
 * @returns A, float32 (m, n_H, n_W, n_C), with n_H = ⌊(n_H_prev − f) / stride⌋ + 1, and n_W by the same equation; and
 * the cache for `poolBackward`
 * @throws OptionError if a hyperparameter or the mode is invalid; ShapeError if APrev does not have 4 axes, or if the
 * window is larger than the input; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const APrev = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 1]);
 * const [A] = poolForward(APrev, { f: 2, stride: 2 });
 * await A.read(); // [6, 8]
 * const [mean] = poolForward(APrev, { f: 2, stride: 2 }, "average");
 * await mean.read(); // [3.5, 5.5]
 * ```
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
 * Computes the gradients of a convolution layer.
 *
 * @param dZ float32 (m, n_H, n_W, n_C), the gradient of the cost with respect to Z
 * @param cache the cache that `convForward` returned
 * @returns float32 dAPrev, dW and db, with the shapes of APrev, W and b
 * @throws OptionError if `cache` is not a cache of `convForward`; ShapeError if dZ does not have Z's shape;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const APrev = backend.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
 * const W = backend.full([2, 2, 1, 1], 1);
 * const [Z, cache] = convForward(APrev, W, backend.zeros([1, 1, 1, 1]), { stride: 1, pad: 0 });
 * const dZ = backend.full(Z.shape, 10);
 * const [dAPrev, dW, db] = convBackward(dZ, cache);
 * await dAPrev.read(); // [10, 10, 10, 10]
 * await dW.read(); // [10, 20, 30, 40]
 * await db.read(); // [10]
 * ```
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
 * Marks the maximum of a window. If several elements are equal to the maximum, it marks all of them.
 *
 * @param x float32 of any shape; (f, f) in the course
 * @returns float32 of x's shape: 1 where x is equal to its maximum, else 0
 * @throws DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * await createMaskFromWindow(backend.tensor([[1, 5], [5, 2]])).read(); // [0, 1, 1, 0]
 * ```
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
 * @param dz a float32 scalar []
 * @param shape [n_H, n_W], the extents of the window
 * @returns float32 (n_H, n_W); every element is dz / (n_H · n_W)
 * @throws ShapeError if dz is not a scalar, or if `shape` is not two positive integers; DisposedError,
 * BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * await distributeValue(backend.full([], 2), [2, 2]).read(); // [0.5, 0.5, 0.5, 0.5]
 * ```
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
 * Computes the gradient of a pooling layer. In mode "max", each element that is equal to the maximum of its window gets
 * the whole gradient, as with the course's mask.
 *
 * @param dA float32 (m, n_H, n_W, n_C), the gradient of the cost with respect to A
 * @param cache the cache that `poolForward` returned
 * @param mode the `mode` that `poolForward` got
 * @returns dAPrev, float32 of APrev's shape
 * @throws OptionError if `cache` is not a cache of `poolForward`, or if the mode is unknown; ShapeError if dA does not
 * have A's shape; BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const APrev = backend.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
 * const [A, cache] = poolForward(APrev, { f: 2, stride: 2 });
 * const dA = backend.full(A.shape, 8);
 * await poolBackward(dA, cache).read(); // [0, 0, 0, 8]
 * await poolBackward(dA, cache, "average").read(); // [2, 2, 2, 2]
 * ```
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

/**
 * The geometry of the course's windows: square, with the same stride and padding along both axes.
 *
 * @throws ShapeError if the window is larger than the padded input
 */
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
  throw new OptionError(
    `${operator}: cache is ${show(cache)}, expected the cache, which is the second result of ${origin}`,
  );
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
