import clipScaleShader from "../../../shaders/optimizerSteps/clipScale.wgsl";
import { OptionError, show } from "../../core/errors.js";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { launchElements } from "../kit/elementwise.js";
import { checkTensors, execute } from "../kit/execute.js";

/**
 * The factor that brings gradients to a norm of at most `clipNorm`: min(1, clipNorm / √sumOfSquares), as in
 * TensorFlow's `clip_by_global_norm`. It is NaN if the sum is NaN or infinite, as TensorFlow documents.
 *
 * @param sumOfSquares the sum of squares of all elements of all gradients: float32 of any shape. There is one factor
 * for each element
 * @param clipNorm the largest norm, a finite number above 0
 * @param options there are none (see {@link NoOptions})
 * @returns float32 of the same shape
 * @throws OptionError if `clipNorm` is not a finite number above 0; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Here K is 3: WGSL allows 4.5 units in the last place for the root and 2.5
 * for the division.
 *
 * @example
 * ```ts
 * // The norm of this gradient is 5. It may be 1.
 * const dw = backend.tensor([3, 4]);
 * const scale = clipScale(reduceSum(square(dw)), 1);
 * await scale.read(); // ≈ [0.2]
 * await mul(dw, scale).read(); // ≈ [0.6, 0.8]
 * ```
 */
export function clipScale(sumOfSquares: Tensor, clipNorm: number, options: NoOptions = {}): Tensor {
  checkTensors("clipScale", { sumOfSquares });
  checkNoOptions("clipScale", options);
  const norm = checkClipNorm("clipScale", clipNorm);
  return execute({
    name: "clipScale",
    inputs: { sumOfSquares },
    outputs: { y: sumOfSquares.shape },
    gpu: (launcher, { sumOfSquares }, { y }) =>
      launchElements(launcher, clipScaleShader, sumOfSquares.elements, { sumOfSquares, y }, { alpha: norm }),
    cpu: (kernels, inputs, outputs) => kernels.clipScale({ clipNorm: norm }, inputs, outputs),
    terms: 3,
  }).y;
}

/** @returns the value rounded to float32 @throws OptionError if it is not a finite number above 0 */
export function checkClipNorm(operator: string, clipNorm: number): number {
  const norm = typeof clipNorm === "number" ? Math.fround(clipNorm) : Number.NaN;
  if (norm > 0 && norm < Number.POSITIVE_INFINITY) return norm;
  throw new OptionError(`${operator}: clipNorm is ${show(clipNorm)}, expected a finite number above 0`);
}
