import { copyOptions } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchExtremum } from "./extremum.js";
import { reduceMinBackward } from "./reduceMinBackward.js";
import { type ReduceOptions, readReduction } from "./reduction.js";

/**
 * The smallest element over some axes, or over all (WebNN's `reduceMin`). The result is NaN if one of its elements is
 * NaN. If each minimum has one element only, the result shares x's memory.
 *
 * @param x float32 of any shape
 * @param options `axes` and `keepDimensions`, see {@link ReduceOptions}
 * @returns float32 of x's shape without the reduced axes. With `keepDimensions`, their extents are 1
 * @throws OptionError if `axes` are not distinct axes of x; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 5, 3], [4, 2, 6]]);
 * await reduceMin(x).read(); // [1]
 * await reduceMin(x, { axes: [0] }).read(); // [1, 2, 3]
 * await reduceMin(x, { axes: [1] }).read(); // [1, 2]
 * ```
 */
export function reduceMin(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkTensors("reduceMin", { x });
  const { shape } = x;
  const { keptShape, outputShape, count } = readReduction("reduceMin", shape, options);
  const given = copyOptions(options);
  if (count === 1) return reshape(x, outputShape);
  return execute({
    name: "reduceMin",
    inputs: { x },
    outputs: { y: outputShape },
    gpu: (launcher, { x }, { y }) => launchExtremum(launcher, "min", shape, keptShape, x, y),
    cpu: (kernels, inputs, outputs) => kernels.reduceMin({ shape, keptShape }, inputs, outputs),
    terms: 0,
    backward: ({ inputs: { x }, gradient }) => ({ x: reduceMinBackward(x, gradient("y"), given) }),
  }).y;
}
