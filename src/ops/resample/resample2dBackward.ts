import resample2dBackwardShader from "../../../shaders/resample/resample2dBackward.wgsl";
import type { Resample2dAttributes, ResampleAxis } from "../../core/attributes.js";
import type { Launcher } from "../../core/operation.js";
import type { Shape } from "../../core/shape.js";
import type { Bindable } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { checkTensors, execute } from "../kit/execute.js";
import { checkGradient } from "../kit/images.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";
import { type Resample2dOptions, readResample2d, TERMS_OF_PRODUCT } from "./options.js";
import { axisParams } from "./params.js";

/**
 * The gradient of {@link resample2d} with respect to its input: each input pixel sums dy over the outputs that show it,
 * multiplied by its weight in each output.
 *
 * @param inputShape the forward's `x.shape`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options
 * @returns dx, float32 of `inputShape`
 * @throws OptionError if an option is invalid; ShapeError if `inputShape` does not fit the options, or dy does not have
 * the shape of the forward's output; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.full([1, 1, 6, 1], 1);
 * await resample2dBackward([1, 1, 3, 1], dy, { mode: "linear", sizes: [1, 6] }).read(); // [2, 2, 2]
 * ```
 */
export function resample2dBackward(inputShape: Shape, dy: Tensor, options: Resample2dOptions): Tensor {
  const operator = "resample2dBackward";
  const backend = checkTensors(operator, { dy });
  const { attributes, layout } = readResample2d(operator, "inputShape", inputShape, options);
  const { geometry: g, linear, height, width } = attributes;
  checkGradient(operator, dy, [g.n, g.p, g.q, g.c], layout);
  const rows = mostOutputs(height, g.p, linear);
  const columns = mostOutputs(width, g.q, linear);
  return backend.tidy(() => {
    const { dx } = execute({
      name: operator,
      inputs: { dy: toLayout(dy, layout, "nhwc") },
      outputs: { dx: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { dy }, { dx }) {
        if (Math.max(rows, columns) <= BLOCK) {
          launcher.forEachBatch(g.n, { dy, dx }, ({ dy, dx }, n) =>
            launchGradient(launcher, n, attributes, { dy, dx }, rows * columns),
          );
          return;
        }
        // One axis after the other, as one row for all the outputs of an image. The axis that leaves fewer elements
        // comes first.
        const rowsFirst = g.h * g.q < g.p * g.w;
        const between = launcher.workspace(g.n * g.c * (rowsFirst ? g.h * g.q : g.p * g.w));
        launcher.forEachBatch(g.n, { dy, dx, between }, ({ dy, dx, between }, n) => {
          const [afterRows, afterColumns] = rowsFirst ? [between, dx] : [dx, between];
          const alongHeight = () => {
            const c = (rowsFirst ? g.q : g.w) * g.c;
            const geometry = { ...g, h: 1, p: 1, w: g.h, q: g.p, c };
            const bindings = { dy: rowsFirst ? dy : between, dx: afterRows };
            launchGradient(launcher, n, { geometry, linear, height: same(linear), width: height }, bindings, rows);
          };
          const alongWidth = () => {
            const kept = rowsFirst ? g.h : g.p;
            const geometry = { ...g, h: kept, p: kept };
            const bindings = { dy: rowsFirst ? between : dy, dx: afterColumns };
            launchGradient(launcher, n, { geometry, linear, height: same(linear), width }, bindings, columns);
          };
          for (const launch of rowsFirst ? [alongHeight, alongWidth] : [alongWidth, alongHeight]) launch();
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.resample2dBackward(attributes, inputs, outputs),
      terms: rows * columns * (linear ? TERMS_OF_PRODUCT : 1),
    });
    return toLayout(dx, "nhwc", layout);
  });
}

/**
 * The number of outputs of a row that are added one after the other. If there are more, the sums of blocks are added.
 */
const BLOCK = 8;

function launchGradient(
  launcher: Launcher,
  n: number,
  attributes: Resample2dAttributes,
  bindings: { readonly dy: Bindable; readonly dx: Bindable },
  terms: number,
): void {
  const { geometry: g, linear, width } = attributes;
  const lanes = lanesFor(g.c);
  const { params, invocationsPerRow } = inStrips(launcher.traits, n * g.h, g.w, g.c / lanes);
  launcher.launch({
    shader: resample2dBackwardShader,
    constants: { FOURS: lanes === 4, LINEAR: linear, LONG_ROWS: mostOutputs(width, g.q, linear) > BLOCK, BLOCK },
    params: [g, axisParams(attributes), params],
    bindings,
    invocations: n * g.h * invocationsPerRow,
    work: n * g.h * g.w * g.c * terms,
  });
}

/** The largest number of outputs of an axis that show the same pixel. */
function mostOutputs({ step, whole }: ResampleAxis, outputs: number, linear: boolean): number {
  return Math.min(outputs, linear ? Math.ceil((2 * whole) / step) + 1 : Math.ceil(whole / step));
}

/** An axis on which output i shows pixel i. */
function same(linear: boolean): ResampleAxis {
  return { step: 1, first: linear ? 1 : 0, whole: 1 };
}
