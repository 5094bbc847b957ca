import oneHotShader from "../../../shaders/arrange/oneHot.wgsl";
import { OptionReader } from "../../core/options.js";
import { checkShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";

/** The options of {@link oneHot}. */
export interface OneHotOptions {
  /**
   * The number of classes: the extent of the new last axis. An integer from 1 to 2²⁴, because float32 does not hold all
   * larger class numbers. Required.
   */
  readonly depth: number;
}

const MOST_CLASSES = 2 ** 24;

/**
 * Makes a vector of each class number: 1 at the position of the class, 0 elsewhere (TensorFlow's and PyTorch's
 * `one_hot`). A number that is negative, fractional or out of range gives a row of zeros, as in TensorFlow. The indices
 * get no gradient, because this is a step function.
 *
 * @param indices float32 class numbers, from 0 to depth − 1, of any shape
 * @param options `depth` is required, see {@link OneHotOptions}
 * @returns float32 `[...indices.shape, depth]`
 * @throws OptionError if `depth` is not an integer from 1 to 2²⁴; ShapeError if the output has too many elements;
 * DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const y = oneHot(backend.tensor([2, 0]), { depth: 3 });
 * y.shape; // [2, 3]
 * await y.read(); // [0, 0, 1, 1, 0, 0]
 * ```
 */
export function oneHot(indices: Tensor, options: OneHotOptions): Tensor {
  checkTensors("oneHot", { indices });
  const reader: OptionReader = new OptionReader("oneHot", options, ["depth"]);
  const depth = reader.integer("depth", 1);
  if (depth > MOST_CLASSES) reader.refuse("depth", depth, "an integer of at most 2²⁴");
  const rows = indices.size;
  return execute({
    name: "oneHot",
    inputs: { indices },
    outputs: { y: checkShape("oneHot", "y", [...indices.shape, depth]) },
    gpu(launcher, { indices }, { y }) {
      const lanes = lanesFor(depth);
      const { params, invocationsPerRow } = inStrips(launcher.traits, rows, Math.ceil(depth / lanes / COPY_TILE), 1);
      launcher.forEachBatch(rows, { indices, y }, (chunk, count) =>
        launcher.launch({
          shader: oneHotShader,
          constants: { FOURS: lanes === 4, TILE: COPY_TILE },
          params: { ...params, depth },
          bindings: chunk,
          invocations: count * invocationsPerRow,
          work: count * depth,
        }),
      );
    },
    cpu: (kernels, inputs, outputs) => kernels.oneHot({ depth }, inputs, outputs),
    terms: 0,
    steps: true,
  }).y;
}
