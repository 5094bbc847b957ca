import { existing } from "../../core/objects.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { filterAndBias } from "./conv2dBackwardFilter.js";
import { conv2dBackwardInput } from "./conv2dBackwardInput.js";
import { type Conv2dOptions, checkConv2dGradient, readConv2d } from "./options.js";

/**
 * The gradients of {@link conv2d} with respect to its input, filter and bias.
 *
 * @param x float32, the forward's input
 * @param w float32, the forward's filter
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored (db is always computed), and an `activation` other than
 * "none" is refused
 * @returns float32: dx of x's shape, dw of w's shape, db [K]
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
 * const w = backend.tensor([1, 2], [1, 2, 1, 1]);
 * const { dx, dw, db } = conv2dBackward(x, w, backend.full([1, 2, 1, 1], 1));
 * await dx.read(); // [1, 2, 1, 2]
 * await dw.read(); // [4, 6]
 * await db.read(); // [2]
 * ```
 */
export function conv2dBackward(
  x: Tensor,
  w: Tensor,
  dy: Tensor,
  options: Conv2dOptions = {},
): { dx: Tensor; dw: Tensor; db: Tensor } {
  const operator = "conv2dBackward";
  const backend = checkTensors(operator, { x, w, dy });
  // Each part has its own check. This one comes first, because an error must name the operator that was called.
  const [input, filter] = [
    { name: "x", shape: x.shape },
    { name: "w", shape: w.shape },
  ];
  checkConv2dGradient(operator, dy, readConv2d(operator, "backward", input, filter, options));
  return backend.tidy(() => {
    const dx = conv2dBackwardInput(dy, w, x.shape, options);
    const { dw, db } = filterAndBias(x, dy, w.shape, options, true);
    return { dx, dw, db: existing(db) };
  });
}
