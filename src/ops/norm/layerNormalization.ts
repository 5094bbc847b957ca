import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { normalizeGroups } from "./groupNormalization.js";
import { type LayerNormalizationOptions, readLayerNormalization } from "./groupOptions.js";

/**
 * Layer normalization (Ba, Kiros and Hinton, "Layer Normalization", 2016), WebNN's `layerNormalization`: x is
 * normalized by its mean and biased variance over `axes`: y = (x − mean) · scale / √(variance + epsilon) + bias.
 * `scale` and `bias` have a value for each element along `axes`. Axes that are not the last ones are moved there and
 * back.
 *
 * The error bound is that of {@link groupNormalization}, where m is the number of elements along `axes`.
 *
 * @param x float32 of any shape
 * @param options `scale`, `bias`, `axes` and `epsilon`, see {@link LayerNormalizationOptions}
 * @returns y, float32 of x's shape
 * @throws OptionError if an option is invalid; ShapeError if scale or bias does not have the extents of x along `axes`;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 3], [10, 30]]);
 * await layerNormalization(x).read(); // ≈ [-1, 1, -1, 1]
 * const scale = backend.tensor([1, 5]);
 * await layerNormalization(x, { axes: [-1], scale }).read(); // ≈ [-1, 5, -1, 5]
 * ```
 */
export function layerNormalization(x: Tensor, options: LayerNormalizationOptions = {}): Tensor {
  const operator = "layerNormalization";
  const { scale, bias } = options ?? {};
  checkTensors(operator, { x, scale, bias }, ["scale", "bias"]);
  return normalizeGroups(operator, x, readLayerNormalization(operator, x, options), { scale, bias });
}
