import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { normalizeGroups } from "./groupNormalization.js";
import { type InstanceNormalizationOptions, readGroupNormalization } from "./groupOptions.js";

/**
 * Instance normalization (Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016), WebNN's
 * `instanceNormalization`: each channel of each image is normalized by its own mean and biased variance over the
 * pixels, y = (x − mean) · scale / √(variance + epsilon) + bias. It is {@link groupNormalization} with one channel in
 * each group. The error bound is the same, where m is the number of pixels.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `scale`, `bias`, `epsilon` and `layout`, see {@link InstanceNormalizationOptions}
 * @returns y, float32 of x's shape
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or scale or bias is not [C];
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * // Two pixels with two channels: [1, 3] and [10, 30].
 * const x = backend.tensor([1, 10, 3, 30], [1, 1, 2, 2]);
 * await instanceNormalization(x).read(); // ≈ [-1, -1, 1, 1]
 * ```
 */
export function instanceNormalization(x: Tensor, options: InstanceNormalizationOptions = {}): Tensor {
  const operator = "instanceNormalization";
  const { scale, bias } = options ?? {};
  checkTensors(operator, { x, scale, bias }, ["scale", "bias"]);
  return normalizeGroups(operator, x, readGroupNormalization(operator, x, options, false), { scale, bias });
}
