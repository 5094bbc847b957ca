import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { conv2d } from "./conv2d.js";
import { conv2dBackwardBias } from "./conv2dBackwardBias.js";
import { conv2dBackwardFilter } from "./conv2dBackwardFilter.js";
import { type ConvTranspose2dOptions, readConvTranspose2d } from "./transposedOptions.js";

/**
 * The gradients of {@link convTranspose2d} with respect to its input, filter and bias. They are passes of a
 * convolution: dx is its forward pass over dy, and dw is its filter gradient, with x in the place of its dy.
 *
 * @param x float32, the forward's input
 * @param w float32, the forward's filter
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored (db is always computed), and an `activation` other than
 * "none" is refused
 * @returns float32: dx of x's shape, dw of w's shape, db [C_out]
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2], [1, 1, 2, 1]);
 * const w = backend.tensor([1, 10, 100], [1, 3, 1, 1]);
 * const { dx, dw, db } = convTranspose2dBackward(x, w, backend.full([1, 1, 4, 1], 1));
 * await dx.read(); // [111, 111]
 * await dw.read(); // [3, 3, 3]
 * await db.read(); // [4]
 * ```
 */
export function convTranspose2dBackward(
  x: Tensor,
  w: Tensor,
  dy: Tensor,
  options: ConvTranspose2dOptions = {},
): { dx: Tensor; dw: Tensor; db: Tensor } {
  const operator = "convTranspose2dBackward";
  const backend = checkTensors(operator, { x, w, dy });
  const [input, filter] = [
    { name: "x", shape: x.shape },
    { name: "w", shape: w.shape },
  ];
  const { geometry: g, inputLayout, filterLayout } = readConvTranspose2d(operator, "backward", input, filter, options);
  checkGradient(operator, dy, [g.n, g.h, g.w, g.c], inputLayout);
  const convolution = {
    strides: [g.strideHeight, g.strideWidth],
    dilations: [g.dilationHeight, g.dilationWidth],
    padding: [g.padTop, g.padBottom, g.padLeft, g.padRight],
    groups: g.groups,
    inputLayout,
  } as const;
  return backend.tidy(() => {
    // The convolution's input channels are this operator's output channels: its "hwio" is "hwoi" here.
    const dw = conv2dBackwardFilter(dy, x, [g.r, g.s, g.cPerGroup, g.k], convolution);
    return {
      dx: conv2d(dy, toLayout(w, filterLayout, "hwoi"), convolution),
      dw: toLayout(dw, "hwoi", filterLayout),
      db: conv2dBackwardBias(dy, { inputLayout }),
    };
  });
}
