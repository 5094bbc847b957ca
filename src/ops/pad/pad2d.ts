import pad2dShader from "../../../shaders/pad/pad2d.wgsl";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type Pad2dOptions, readPad2d } from "./options.js";
import { pad2dBackward } from "./pad2dBackward.js";

/** The shader's numbers for the modes; see shaders/pad/pad2d.wgsl. */
const PAD_MODES = { constant: 0, reflection: 1, edge: 2, symmetric: 3 } as const;

/**
 * Pads the height and width of images (WebNN's `pad`).
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `padding` is required, see {@link Pad2dOptions}
 * @returns float32 [N, beginHeight + H + endHeight, beginWidth + W + endWidth, C], or as `layout` says
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, if the padding of mode
 * "reflection" is not less than the extent of x, or if that of mode "symmetric" is more than the extent (TensorFlow's
 * rules); DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3], [1, 1, 3, 1]);
 * // No rows, two columns on the left, one on the right.
 * await pad2d(x, { padding: [0, 0, 2, 1], value: 9 }).read(); // [9, 9, 1, 2, 3, 9]
 * await pad2d(x, { padding: [0, 0, 2, 1], mode: "reflection" }).read(); // [3, 2, 1, 2, 3, 2]
 * await pad2d(x, { padding: [0, 0, 2, 1], mode: "symmetric" }).read(); // [2, 1, 1, 2, 3, 3]
 * await pad2d(x, { padding: [0, 0, 2, 1], mode: "edge" }).read(); // [1, 1, 1, 2, 3, 3]
 * ```
 */
export function pad2d(x: Tensor, options: Pad2dOptions): Tensor {
  const backend = checkTensors("pad2d", { x });
  const { geometry: g, mode, value, layout } = readPad2d("pad2d", "x", x.shape, options);
  const given = copyOptions(options);
  return backend.tidy(() => {
    const { y } = execute({
      name: "pad2d",
      inputs: { x: toLayout(x, layout, "nhwc") },
      outputs: { y: [g.n, g.p, g.q, g.c] },
      gpu(launcher, { x }, { y }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.n * g.p, g.q, g.c / lanes);
        launcher.forEachBatch(g.n, { x, y }, (chunk, n) =>
          launcher.launch({
            shader: pad2dShader,
            constants: { FOURS: lanes === 4, MODE: PAD_MODES[mode] },
            params: [{ n, value }, g, params],
            bindings: chunk,
            invocations: n * g.p * invocationsPerRow,
            work: n * g.p * g.q * g.c,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.pad2d({ geometry: g, mode, value }, inputs, outputs),
      terms: 0,
      backward: ({ inputs, gradient }) => ({
        x: pad2dBackward(inputs.x.shape, gradient("y"), { ...given, layout: "nhwc" }),
      }),
    });
    return toLayout(y, "nhwc", layout);
  });
}
