import pad2dBackwardShader from "../../../shaders/pad/pad2dBackward.wgsl";
import type { PadMode } from "../../core/attributes.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type Pad2dOptions, readPad2d } from "./options.js";

/**
 * The gradient of {@link pad2d} with respect to its input. Each element of dx sums dy over all positions that show the
 * element, also by reflection or as a repeated edge.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `value` is ignored
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` does not allow the padding, or dy does not
 * have the shape of the forward's output; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.full([1, 1, 6, 1], 1);
 * await pad2dBackward([1, 1, 3, 1], dy, { padding: [0, 0, 2, 1] }).read(); // [1, 1, 1]
 * // The padding repeats the first pixel twice and the last one once.
 * await pad2dBackward([1, 1, 3, 1], dy, { padding: [0, 0, 2, 1], mode: "edge" }).read(); // [3, 1, 2]
 * ```
 */
export function pad2dBackward(inputShape: Shape, dy: Tensor, options: Pad2dOptions): Tensor {
  const operator = "pad2dBackward";
  const backend = checkTensors(operator, { dy });
  const { geometry: g, mode, layout } = readPad2d(operator, "inputShape", inputShape, options);
  checkGradient(operator, dy, [g.n, g.p, g.q, g.c], layout);
  const rows = mostShown(mode, g.h, g.padTop, g.padBottom);
  const columns = mostShown(mode, g.w, g.padLeft, g.padRight);
  const most = Math.max(rows, columns);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { dy }, { dx }) {
        const lanes = lanesFor(g.c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, g.n * g.h, g.w, g.c / lanes);
        launcher.forEachBatch(g.n, { dy, dx }, (chunk, n) =>
          launcher.launch({
            shader: pad2dBackwardShader,
            constants: {
              FOURS: lanes === 4,
              SHOWN_ONCE: mode === "constant",
              MIRRORED: mode === "reflection" || mode === "symmetric",
              MIRRORED_EDGE: mode === "symmetric" ? 1 : 0,
              LONG: most > FEW,
              BLOCK: Math.ceil(Math.sqrt(most)),
            },
            params: [{ n }, g, params],
            bindings: chunk,
            invocations: n * g.h * invocationsPerRow,
            work: n * g.p * g.q * g.c,
          }),
        );
      },
      cpu: (kernels, inputs, outputs) => kernels.pad2dBackward({ geometry: g, mode }, inputs, outputs),
      terms: rows * columns,
    });
    return toLayout(dx, "nhwc", layout);
  });
}

/** Up to this many rows and columns are added one after the other. If there are more, the sums of blocks are added. */
const FEW = 8;

/**
 * The largest number of positions of one axis that show the same element. 0 if the gradient is a copy, which must be
 * exact.
 */
function mostShown(mode: PadMode, extent: number, padBegin: number, padEnd: number): number {
  if (mode === "constant") return 0;
  if (mode === "reflection" || mode === "symmetric") return 3;
  return 1 + (extent === 1 ? padBegin + padEnd : Math.max(padBegin, padEnd));
}
