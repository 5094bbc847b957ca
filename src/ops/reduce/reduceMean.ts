import reduceMeanShader from "../../../shaders/reduce/reduceMean.wgsl";
import { copyOptions } from "../../core/options.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchReduction, planReduction } from "../kit/reduction.js";
import { reduceMeanBackward } from "./reduceMeanBackward.js";
import { type ReduceOptions, readReduction } from "./reduction.js";

/**
 * The mean over some axes, or over all (WebNN's `reduceMean`). If each mean has one element only, the result shares x's
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
 * await reduceMean(x).read(); // [3.5]
 * await reduceMean(x, { axes: [0] }).read(); // [2.5, 3.5, 4.5]
 * await reduceMean(x, { axes: [1] }).read(); // [3, 4]
 * ```
 */
export function reduceMean(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkTensors("reduceMean", { x });
  const { shape } = x;
  const { keptShape, outputShape, count } = readReduction("reduceMean", shape, options);
  const given = copyOptions(options);
  if (count === 1) return reshape(x, outputShape);
  return execute({
    name: "reduceMean",
    inputs: { x },
    outputs: { y: outputShape },
    gpu: (launcher, { x }, { y }) =>
      launchReduction(launcher, planReduction(shape, keptShape, launcher.traits), {
        x,
        y,
        last: reduceMeanShader,
        params: { divisor: count },
      }),
    cpu: (kernels, inputs, outputs) => kernels.reduceMean({ shape, keptShape }, inputs, outputs),
    terms: count,
    paired: true,
    backward: ({ gradient }) => ({ x: reduceMeanBackward(shape, gradient("y"), given) }),
  }).y;
}
