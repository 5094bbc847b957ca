import maxPool2dShader from "../../../shaders/pool/maxPool2d.wgsl";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { maxPool2dBackward } from "./maxPool2dBackward.js";
import { type Pool2dOptions, readPool2d } from "./options.js";
import { planPool2d } from "./plan.js";

/**
 * Max pooling: the largest element of each window (WebNN's `maxPool2d`). Padding is never the largest. A NaN in the
 * window gives NaN.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `windowDimensions` is required, see {@link Pool2dOptions}
 * @returns float32 [N, P, Q, C], or as `layout` says, with P = ⌊(H + padding − dilation · (R − 1) − 1) / stride⌋ + 1
 * for a window of R rows, and Q by the same equation
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or if a window would hold no
 * element of x; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * // The strides are those of the window if they are left out. The last row and column are then left over.
 * await maxPool2d(x, { windowDimensions: 2 }).read(); // [5]
 * await maxPool2d(x, { windowDimensions: 2, strides: 1 }).read(); // [5, 6, 8, 9]
 * await maxPool2d(x, { windowDimensions: 2, outputShapeRounding: "ceil" }).read(); // [5, 6, 8, 9]
 * ```
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  const backend = checkTensors("maxPool2d", { x });
  const { geometry: g, layout } = readPool2d("maxPool2d", "x", x.shape, options, []);
  const given = copyOptions(options);
  return backend.tidy(() => {
    const { y } = execute({
      name: "maxPool2d",
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [g.n, g.p, g.q, g.c] },
      gpu(launcher, { x }, { y }) {
        const plan = planPool2d(g, launcher.traits);
        launcher.forEachBatch(g.n, { x, y }, (chunk, n) =>
          launcher.launch({
            shader: maxPool2dShader,
            constants: { ...plan.constants, GIVE_TAPS: false, RECTIFIED: false },
            params: [{ n }, g, plan.params],
            bindings: chunk,
            invocations: n * plan.invocationsPerImage,
            work: n * g.p * g.q * g.c * g.r * g.s,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.maxPool2d(g, inputs, outputs),
      terms: 0,
      masks: ["x"],
      backward: ({ inputs: { x }, gradient, rectified }) => ({
        x: maxPool2dBackward(x, gradient("y"), { ...given, layout: "nhwc", rectified: rectified("x") }),
      }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
