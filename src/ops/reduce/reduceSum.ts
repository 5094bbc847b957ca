import { copyOptions } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchReduction, planReduction } from "../kit/reduction.js";
import { reduceSumBackward } from "./reduceSumBackward.js";
import { type ReduceOptions, readReduction } from "./reduction.js";

/**
 * The sum over some axes, or over all (WebNN's `reduceSum`). If each sum has one element only, the result shares x's
 * memory.
 *
 * @param x float32 of any shape
 * @param options `axes` and `keepDimensions`, see {@link ReduceOptions}
 * @returns float32 of x's shape without the reduced axes. With `keepDimensions`, their extents are 1
 * @throws OptionError if `axes` are not distinct axes of x; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 5, 3], [4, 2, 6]]);
 * await reduceSum(x).read(); // [21]
 * await reduceSum(x, { axes: [0] }).read(); // [5, 7, 9]
 * await reduceSum(x, { axes: [1] }).read(); // [9, 12]
 * reduceSum(x, { axes: [1], keepDimensions: true }).shape; // [2, 1]
 * ```
 */
export function reduceSum(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkTensors("reduceSum", { x });
  const { shape } = x;
  const { keptShape, outputShape, count } = readReduction("reduceSum", shape, options);
  const given = copyOptions(options);
  if (count === 1) return reshape(x, outputShape);
  return execute({
    name: "reduceSum",
    inputs: { x },
    outputs: { y: outputShape },
    gpu: (launcher, { x }, { y }) =>
      launchReduction(launcher, planReduction(shape, keptShape, launcher.traits), { x, y }),
    cpu: (kernels, inputs, outputs) => kernels.reduceSum({ shape, keptShape }, inputs, outputs),
    terms: count,
    paired: true,
    backward: ({ gradient }) => ({ x: reduceSumBackward(shape, gradient("y"), given) }),
  }).y;
}
