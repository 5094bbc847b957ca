import type { Tensor } from "../../core/tensor.js";
import type { Shape } from "../../core/shape.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchBackwardInput } from "./backward.js";
import { launchWinograd, WINOGRAD_TERMS, winogradBackwardInput } from "./families/winogradF2x3.js";
import { type Conv2dOptions, checkConv2dGradient, readConv2d } from "./options.js";

/**
 * The gradient of `conv2d` with respect to its input: every dx element gathers from the outputs whose window holds it.
 *
 * @param dy the gradient of the forward's output, of that output's shape
 * @param w the forward's filter
 * @param inputShape the forward's `x.shape`
 * @param options the forward's; `bias` is ignored, an `activation` refused
 * @returns dx, of `inputShape`
 * @throws OptionError, ShapeError, BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function conv2dBackwardInput(dy: Tensor, w: Tensor, inputShape: Shape, options: Conv2dOptions = {}): Tensor {
  return maskedInput(dy, w, inputShape, options);
}

/** The same, and through the rectifier that gave x: 0 where x is not positive (and not NaN). Of Winograd's, which does not mask, x must be left out. */
export function maskedInput(dy: Tensor, w: Tensor, inputShape: Shape, options: Conv2dOptions, x?: Tensor): Tensor {
  const operator = "conv2dBackwardInput";
  const backend = checkTensors(operator, { dy, w });
  const input = { name: "inputShape", shape: inputShape };
  const call = readConv2d(operator, "backward", input, { name: "w", shape: w.shape }, options);
  checkConv2dGradient(operator, dy, call);
  const { geometry: g, algorithm, inputLayout, filterLayout } = call;
  const winograd = winogradBackwardInput(g, algorithm);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, inputLayout, "nhwc"), w: toLayout(w, filterLayout, "hwio"), x },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { dy, w, x }, { dx }) {
        launcher.forEachBatch(g.n, { dy, dx, ...(x && { x }) }, (chunk, n) => {
          if (winograd) {
            const bindings = { x: chunk.dy, w, bias: undefined, y: chunk.dx };
            launchWinograd(launcher, g, { ...winograd, n }, bindings, false);
            return;
          }
          launchBackwardInput(launcher, { ...g, n }, { ...chunk, w }, algorithm);
        });
      },
      cpu({ dy, w, x }, { dx }, twins) {
        twins.conv2dBackwardInput(g, dy, w, dx);
        if (x) twins.reluBackward(x, dx, dx);
      },
      terms: winograd ? WINOGRAD_TERMS * winograd.c : g.r * g.s * g.kPerGroup,
      linearIn: ["dy", "w"],
      magnitude: winograd && (({ dy, w }, { dx }, twins) => twins.winogradMagnitude(winograd, dy, w, undefined, dx)),
    });
    return toLayout(dx, "nhwc", inputLayout);
  });
}
