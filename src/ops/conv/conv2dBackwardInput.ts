import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { type Conv2dOptions, checkConv2dGradient, readConv2d } from "./options.js";
import { boundOf, launchPass } from "./plan.js";

/**
 * The gradient of {@link conv2d} with respect to its input. Every element of dx sums over the outputs whose window
 * holds it.
 *
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param w float32, the forward's filter
 * @param inputShape the forward's `x.shape`
 * @param options the forward's options; `bias` is ignored, and an `activation` other than "none" is refused
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const w = backend.tensor([1, 2, 3, 4], [2, 2, 1, 1]);
 * const dy = backend.full([1, 2, 2, 1], 1);
 * await conv2dBackwardInput(dy, w, [1, 3, 3, 1]).read(); // [1, 3, 2, 4, 10, 6, 3, 7, 4]
 * ```
 */
export function conv2dBackwardInput(dy: Tensor, w: Tensor, inputShape: Shape, options: Conv2dOptions = {}): Tensor {
  return maskedInput(dy, w, inputShape, options);
}

/**
 * The same gradient. If x is given, it is the output of a ReLU, and dx also goes through the gradient of that ReLU: dx
 * is 0 where x is neither positive nor NaN. Give x only if `masksRelu` is true for the algorithm.
 */
export function maskedInput(dy: Tensor, w: Tensor, inputShape: Shape, options: Conv2dOptions, x?: Tensor): Tensor {
  const operator = "conv2dBackwardInput";
  const backend = checkTensors(operator, { dy, w });
  const input = { name: "inputShape", shape: inputShape };
  const call = readConv2d(operator, "backward", input, { name: "w", shape: w.shape }, options);
  checkConv2dGradient(operator, dy, call);
  const { geometry: g, algorithm, inputLayout, filterLayout } = call;
  const { terms, winograd } = boundOf(operator, g, algorithm);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, inputLayout, "nhwc"), w: toLayout(w, filterLayout, "hwio"), x },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { dy, w, x }, { dx }) {
        launcher.forEachBatch(g.n, { dy, dx, ...(x && { x }) }, (chunk, n) => {
          launchPass(launcher, operator, { ...g, n }, { ...chunk, w }, algorithm);
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.conv2dBackwardInput({ geometry: g, winograd }, inputs, outputs),
      terms,
    });
    return toLayout(dx, "nhwc", inputLayout);
  });
}
