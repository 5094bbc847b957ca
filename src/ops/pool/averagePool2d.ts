import averagePool2dShader from "../../../shaders/pool/averagePool2d.wgsl";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { averagePool2dBackward } from "./averagePool2dBackward.js";
import { type AveragePool2dOptions, readPool2d } from "./options.js";
import { groupsOfTaps, planPool2d } from "./plan.js";

/** Up to this many groups of taps are added one after the other. If a window has more, they are added in pairs. */
const MOST_IN_ORDER = 8;

/**
 * Average pooling: the mean of each window (WebNN's `averagePool2d`).
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `windowDimensions` is required, see {@link AveragePool2dOptions}
 * @returns float32 [N, P, Q, C], or as `layout` says, with P = ⌊(H + padding − dilation · (R − 1) − 1) / stride⌋ + 1
 * for a window of R rows, and Q by the same equation
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or if a window would hold no
 * element of x; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
 * await averagePool2d(x, { windowDimensions: 2 }).read(); // [2.5]
 * // With padding, each window here holds one pixel and three zeros. By default the zeros do not count.
 * const options = { windowDimensions: 2, padding: 1 };
 * await averagePool2d(x, options).read(); // [1, 2, 3, 4]
 * await averagePool2d(x, { ...options, countIncludePad: true }).read(); // [0.25, 0.5, 0.75, 1]
 * ```
 */
export function averagePool2d(x: Tensor, options: AveragePool2dOptions): Tensor {
  const backend = checkTensors("averagePool2d", { x });
  const { geometry: g, layout, reader } = readPool2d("averagePool2d", "x", x.shape, options, ["countIncludePad"]);
  const countIncludePad = reader.boolean("countIncludePad", false);
  const given = copyOptions(options);
  return backend.tidy(() => {
    const { y } = execute({
      name: "averagePool2d",
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [g.n, g.p, g.q, g.c] },
      gpu(launcher, { x }, { y }) {
        const plan = planPool2d(g, launcher.traits);
        launcher.forEachBatch(g.n, { x, y }, (chunk, n) =>
          launcher.launch({
            shader: averagePool2dShader,
            constants: {
              ...plan.constants,
              LONG: groupsOfTaps(g, plan) > MOST_IN_ORDER,
              COUNT_INCLUDE_PAD: countIncludePad,
            },
            params: [{ n }, g, plan.params],
            bindings: chunk,
            invocations: n * plan.invocationsPerImage,
            work: n * g.p * g.q * g.c * g.r * g.s,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.averagePool2d({ geometry: g, countIncludePad }, inputs, outputs),
      terms: g.r * g.s,
      paired: true,
      backward: ({ inputs, gradient }) => ({
        x: averagePool2dBackward(inputs.x.shape, gradient("y"), { ...given, layout: "nhwc" }),
      }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
