import { copyOptions } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchExtremum } from "./extremum.js";
import { reduceMaxBackward } from "./reduceMaxBackward.js";
import { type ReduceOptions, readReduction } from "./reduction.js";

/**
 * The largest element over some axes, or over all (WebNN's `reduceMax`). The result is NaN if one of its elements is
 * NaN. If each maximum has one element only, the result shares x's memory.
 *
 * @param x float32 of any shape
 * @param options `axes` and `keepDimensions`, see {@link ReduceOptions}
 * @returns float32 of x's shape without the reduced axes. With `keepDimensions`, their extents are 1
 * @throws OptionError if `axes` are not distinct axes of x; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 5, 3], [4, 2, 6]]);
 * await reduceMax(x).read(); // [6]
 * await reduceMax(x, { axes: [0] }).read(); // [4, 5, 6]
 * await reduceMax(x, { axes: [1] }).read(); // [5, 6]
 * ```
 */
export function reduceMax(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkTensors("reduceMax", { x });
  const { shape } = x;
  const { keptShape, outputShape, count } = readReduction("reduceMax", shape, options);
  const given = copyOptions(options);
  if (count === 1) return reshape(x, outputShape);
  return execute({
    name: "reduceMax",
    inputs: { x },
    outputs: { y: outputShape },
    gpu: (launcher, { x }, { y }) => launchExtremum(launcher, "max", shape, keptShape, x, y),
    cpu: (kernels, inputs, outputs) => kernels.reduceMax({ shape, keptShape }, inputs, outputs),
    terms: 0,
    backward: ({ inputs: { x }, gradient }) => ({ x: reduceMaxBackward(x, gradient("y"), given) }),
  }).y;
}
