import globalMaxPool2dBackwardShader from "../../../shaders/pool/globalMaxPool2dBackward.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { launchGlobalMaximum } from "./globalMaximum.js";
import { type GlobalMaxPool2dOptions, readGlobalPool2d } from "./options.js";

/** The options of {@link globalMaxPool2dBackward}. */
export interface GlobalMaxPool2dBackwardOptions extends GlobalMaxPool2dOptions {
  /**
   * The pixels that get the gradient of a channel if its maximum occurs several times. "first" (default): the first in
   * row-major order, or the first NaN if there is one. "all": each of them gets the whole gradient. If the maximum is
   * NaN, no pixel gets it. As in {@link maxPool2dBackward}.
   */
  readonly ties?: "first" | "all" | undefined;
}

/**
 * The gradient of {@link globalMaxPool2d} with respect to its input: dy at the largest pixel of each channel, 0
 * elsewhere.
 *
 * @param x float32, the forward's input
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options, and `ties`, see {@link GlobalMaxPool2dBackwardOptions}
 * @returns dx, float32 of x's shape
 * @throws OptionError if an option is invalid; ShapeError if x does not have four axes, or dy does not have the shape
 * of the forward's output; BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 4, 4, 2], [1, 2, 2, 1]);
 * const dy = backend.full([1, 1, 1, 1], 1);
 * await globalMaxPool2dBackward(x, dy).read(); // [0, 1, 0, 0]
 * await globalMaxPool2dBackward(x, dy, { ties: "all" }).read(); // [0, 1, 1, 0]
 * ```
 */
export function globalMaxPool2dBackward(x: Tensor, dy: Tensor, options: GlobalMaxPool2dBackwardOptions = {}): Tensor {
  const operator = "globalMaxPool2dBackward";
  const backend = checkTensors(operator, { x, dy });
  const { n, h, w, c, pixels, layout, reader } = readGlobalPool2d(operator, "x", x.shape, options, ["ties"]);
  const ties = reader.word("ties", ["first", "all"], "first");
  checkGradient(operator, dy, [n, 1, 1, c], layout);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { x: toLayout(x, layout, "nhwc"), dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [n, h, w, c] },
      gpu(launcher, { x, dy }, { dx }) {
        const first = ties === "first";
        const lanes = lanesFor(c);
        const { params, invocationsPerRow } = inStrips(launcher.traits, n, pixels, c / lanes);
        const found = launcher.workspace(n * c);
        launcher.forEachBatch(n, { x, dy, dx, found }, ({ x, dy, dx, found }, n) => {
          launchGlobalMaximum(launcher, { n, pixels, c, x, output: first ? { winners: found } : { y: found } });
          launcher.launch({
            shader: globalMaxPool2dBackwardShader,
            constants: { FOURS: lanes === 4, TIES_ALL: !first },
            params: { ...params, pixels, c },
            bindings: first ? { dy, dx, winners: found } : { dy, dx, maxima: found, x },
            invocations: n * invocationsPerRow,
            work: n * pixels * c,
          });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.globalMaxPool2dBackward({ pixels, c, ties }, inputs, outputs),
      terms: 0,
    });
    return toLayout(dx, "nhwc", layout);
  });
}
