import { existing } from "../../core/objects.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { filterAndBias } from "./conv2dBackwardFilter.js";
import { conv2dBackwardInput } from "./conv2dBackwardInput.js";
import { type Conv2dOptions, checkConv2dGradient, readConv2d } from "./options.js";

/**
 * All three gradients of `conv2d`.
 *
 * @param x the forward's input
 * @param w the forward's filter
 * @param dy the gradient of the forward's output, of that output's shape
 * @param options the forward's; `bias` is ignored (db is computed all the same), an `activation` refused
 * @returns dx of x's shape, dw of w's, db [K]
 * @throws OptionError, ShapeError, BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function conv2dBackward(
  x: Tensor,
  w: Tensor,
  dy: Tensor,
  options: Conv2dOptions = {},
): { dx: Tensor; dw: Tensor; db: Tensor } {
  const operator = "conv2dBackward";
  const backend = checkTensors(operator, { x, w, dy });
  // The parts check for themselves. This check comes first, so that an error names the operator that was called.
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
