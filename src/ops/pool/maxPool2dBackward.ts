import maxPool2dShader from "../../../shaders/pool/maxPool2d.wgsl";
import maxPool2dBackwardShader from "../../../shaders/pool/maxPool2dBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { type Pool2dOptions, readPool2d } from "./options.js";
import { lanesOfTaps, planPool2d, planPool2dBackward } from "./plan.js";

/** The options of {@link maxPool2dBackward}. */
export interface MaxPool2dBackwardOptions extends Pool2dOptions {
  /**
   * The elements that get the gradient of a window if its maximum occurs several times. "first" (default): the first in
   * row-major order, or the first NaN if there is one, as in PyTorch and ONNX. "all": each of them gets the whole
   * gradient, as with a mask `x == max(x)`. If the maximum is NaN, no element gets it.
   */
  readonly ties?: "first" | "all" | undefined;
  /**
   * Whether x is the output of a ReLU, and dx goes through the gradient of that ReLU too. Then dx is 0 where x is
   * neither positive nor NaN. The result is that of `reluBackward(x, dx)`, without another operation. False if left
   * out.
   */
  readonly rectified?: boolean | undefined;
}

/**
 * The gradient of {@link maxPool2d} with respect to its input: the largest element of each window gets the dy of the
 * window.
 *
 * @param x float32 [N, H, W, C], or as `layout` says: the forward's input
 * @param dy float32 [N, P, Q, C], or as `layout` says: the gradient of the forward's output, with the shape of that output
 * @param options the forward's options, `ties` and `rectified`, see {@link MaxPool2dBackwardOptions}
 * @returns dx, float32 of x's shape
 * @throws OptionError if an option is invalid; ShapeError if x does not fit the options, or dy does not have the shape
 * of the forward's output; BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 4, 4, 2], [1, 2, 2, 1]);
 * const dy = backend.full([1, 1, 1, 1], 1);
 * await maxPool2dBackward(x, dy, { windowDimensions: 2 }).read(); // [0, 1, 0, 0]
 * await maxPool2dBackward(x, dy, { windowDimensions: 2, ties: "all" }).read(); // [0, 1, 1, 0]
 * ```
 */
export function maxPool2dBackward(x: Tensor, dy: Tensor, options: MaxPool2dBackwardOptions): Tensor {
  const operator = "maxPool2dBackward";
  const backend = checkTensors(operator, { x, dy });
  const { geometry: g, layout, reader } = readPool2d(operator, "x", x.shape, options, ["ties", "rectified"]);
  const ties = reader.word("ties", ["first", "all"], "first");
  const rectified = reader.boolean("rectified", false);
  checkGradient(operator, dy, [g.n, g.p, g.q, g.c], layout);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { x: toLayout(x, layout, "nhwc"), dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { x, dy }, { dx }) {
        const first = ties === "first";
        const lanes = first ? lanesOfTaps(g) : lanesFor(g.c);
        const choose = planPool2d(g, launcher.traits, lanes);
        const gather = planPool2dBackward(g, launcher.traits, lanes);
        // Two dispatches: the first finds each window's maximum, the second gathers. Each dispatch makes R·S loads for
        // an element. A single dispatch would make (R·S)² loads.
        const choice = launcher.workspace(first ? dy.elements / lanes : dy.elements);
        launcher.forEachBatch(g.n, { x, dy, dx, choice }, ({ x, dy, dx, choice }, n) => {
          const work = n * g.p * g.q * g.c * g.r * g.s;
          launcher.launch({
            shader: maxPool2dShader,
            constants: { ...choose.constants, GIVE_TAPS: first, RECTIFIED: rectified },
            params: [{ n }, g, choose.params],
            bindings: first ? { x, taps: choice } : { x, y: choice },
            invocations: n * choose.invocationsPerImage,
            work,
          });
          launcher.launch({
            shader: maxPool2dBackwardShader,
            constants: { ...gather.constants, TIES_ALL: !first, RECTIFIED: rectified },
            params: [{ n }, g, gather.params],
            bindings: first ? { dy, dx, taps: choice } : { dy, dx, maxima: choice, x },
            invocations: n * gather.invocationsPerImage,
            work,
          });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.maxPool2dBackward({ geometry: g, ties, rectified }, inputs, outputs),
      terms: g.r * g.s,
    });
    return toLayout(dx, "nhwc", layout);
  });
}
