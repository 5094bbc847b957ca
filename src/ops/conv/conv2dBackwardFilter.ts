import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { type Conv2dOptions, checkConv2dGradient, readConv2d } from "./options.js";
import { boundOf, launchPass } from "./plan.js";

/**
 * The gradient of {@link conv2d} with respect to its filter. The sum over all outputs is cut into slices, which are
 * added in a fixed order. The same inputs give the same bits.
 *
 * @param x float32, the forward's input
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param filterShape the forward's `w.shape`
 * @param options the forward's options; `bias` is ignored, and an `activation` other than "none" is refused
 * @returns dw, float32 of `filterShape`
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * const dy = backend.full([1, 2, 2, 1], 1);
 * await conv2dBackwardFilter(x, dy, [2, 2, 1, 1]).read(); // [12, 16, 24, 28]
 * ```
 */
export function conv2dBackwardFilter(x: Tensor, dy: Tensor, filterShape: Shape, options: Conv2dOptions = {}): Tensor {
  return filterAndBias(x, dy, filterShape, options, false).dw;
}

/** dw, and db if it is wanted. One pass may compute both: a kernel that loads dy for dw can also sum it for db. */
export function filterAndBias(
  x: Tensor,
  dy: Tensor,
  filterShape: Shape,
  options: Conv2dOptions,
  withBias: boolean,
): { dw: Tensor; db?: Tensor | undefined } {
  const operator = "conv2dBackwardFilter";
  const backend = checkTensors(operator, { x, dy });
  const filter = { name: "filterShape", shape: filterShape };
  const call = readConv2d(operator, "backward", { name: "x", shape: x.shape }, filter, options);
  checkConv2dGradient(operator, dy, call);
  const { geometry: g, algorithm, inputLayout, filterLayout } = call;
  return backend.tidy(() => {
    const { dw, db } = execute({
      name: operator,
      inputs: { x: toLayout(x, inputLayout, "nhwc"), dy: toLayout(dy, inputLayout, "nhwc") },
      outputs: { dw: [g.r, g.s, g.cPerGroup, g.k], ...(withBias && { db: [g.k] }) },
      gpu: (launcher, inputs, outputs) => launchPass(launcher, operator, g, { ...inputs, ...outputs }, algorithm),
      cpu: (kernels, inputs, outputs) => kernels.conv2dBackwardFilter(g, inputs, outputs),
      terms: boundOf(operator, g, algorithm).terms,
    });
    return { dw: toLayout(dw, "hwio", filterLayout), db };
  });
}
