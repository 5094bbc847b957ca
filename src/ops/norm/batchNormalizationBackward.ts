import inputShader from "../../../shaders/norm/batchNormalizationBackward/input.wgsl";
import slopesShader from "../../../shaders/norm/batchNormalizationBackward/slopes.wgsl";
import sumsShader from "../../../shaders/norm/batchNormalizationBackward/sums.wgsl";
import type { Launcher } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { lanesFor } from "../kit/lanes.js";
import {
  type BatchNormalizationGeometry,
  type BatchNormalizationOptions,
  checkSlope,
  fromRows,
  readBatchNormalization,
  toRows,
} from "./options.js";
import { constantsOf, sliceRows, stripsOf } from "./plan.js";

/** A gradient for each input of `batchNormalization`. */
export interface BatchNormalizationGradients {
  /** float32 of x's shape. */
  readonly dx: Tensor;
  /** float32 [C]. */
  readonly dmean: Tensor;
  /** float32 [C]. */
  readonly dvariance: Tensor;
  /** float32 [C]. */
  readonly dscale: Tensor;
  /** float32 [C]. */
  readonly dbias: Tensor;
}

/**
 * The gradients of {@link batchNormalization}. The gradients of scale and bias are returned even if scale and bias were
 * left out.
 *
 * @param x float32, the forward's `x`
 * @param mean float32, the forward's `mean`
 * @param variance float32, the forward's `variance`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored
 * @returns float32: dx of x's shape; dmean, dvariance, dscale and dbias [C]
 * @throws OptionError if an option is invalid; ShapeError if a tensor does not have the shape that x requires;
 * DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. Sums are added in pairs, and K is the number of rows of a channel. Each
 * gradient is a sum of products. The sum of their absolute values takes the place of Σ|terms|. It counts twice for
 * dscale and dmean, and three times for dvariance. This follows from the accuracy that WGSL demands of `inverseSqrt`.
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 10], [3, 30]]);
 * const [mean, variance] = [backend.tensor([2, 10]), backend.tensor([1, 100])];
 * const gradients = batchNormalizationBackward(x, mean, variance, backend.full([2, 2], 1));
 * await gradients.dx.read(); // ≈ [1, 0.1, 1, 0.1]
 * await gradients.dscale.read(); // ≈ [0, 2]
 * await gradients.dbias.read(); // [2, 2]
 * ```
 */
export function batchNormalizationBackward(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  dy: Tensor,
  options: BatchNormalizationOptions = {},
): BatchNormalizationGradients {
  const operator = "batchNormalizationBackward";
  const { scale, bias } = options ?? {};
  const backend = checkTensors(operator, { x, mean, variance, dy, scale, bias }, ["scale", "bias"]);
  const g = readBatchNormalization(operator, x, options, { mean, variance });
  checkSlope(operator, dy, g);
  const { rows, c, epsilon } = g;
  return backend.tidy(() => {
    const { dx, ...channels } = execute({
      name: operator,
      inputs: { x: toRows(x, g), mean, variance, dy: toRows(dy, g), scale },
      outputs: { dx: [rows, c], dmean: [c], dvariance: [c], dscale: [c], dbias: [c] },
      gpu(launcher, inputs, { dx, dmean, dvariance, ...outputs }) {
        const { variance, dy, scale } = inputs;
        const given = { variance, scale, dmean, dvariance };
        launchChannelGradients(launcher, g, { ...inputs, spread: variance, hasDeviation: false }, outputs, given);
        launcher.forEachBatch(rows, { dy, dx }, (chunk, rows) => {
          const strips = stripsOf(rows, c, launcher.traits);
          launcher.launch({
            shader: inputShader,
            constants: { ...constantsOf(c, launcher.traits), HAS_SCALE: scale !== undefined },
            params: { rows, c, strips, epsilon },
            bindings: { ...chunk, variance, scale: scale ?? variance },
            invocations: (strips * c) / lanesFor(c),
            work: rows * c,
          });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.batchNormalizationBackward({ epsilon }, inputs, outputs),
      terms: rows,
      paired: true,
    });
    return { dx: fromRows(dx, g), ...channels };
  });
}

interface BackwardInputs {
  readonly x: Storage;
  readonly mean: Storage;
  /** [C], the variance or the deviation. */
  readonly spread: Storage;
  readonly hasDeviation: boolean;
  readonly dy: Storage;
}

/** The tensors that `slopes` reads and writes too, if mean and variance are inputs. */
interface GivenSlopes {
  readonly variance: Storage;
  readonly scale: Storage | undefined;
  readonly dmean: Storage;
  readonly dvariance: Storage;
}

/** Sums over the rows, and computes each channel's gradients from the sums. */
export function launchChannelGradients(
  launcher: Launcher,
  { rows, c, epsilon }: BatchNormalizationGeometry,
  { x, mean, spread, hasDeviation, dy }: BackwardInputs,
  outputs: { readonly dscale: Storage; readonly dbias: Storage },
  given?: GivenSlopes,
): void {
  const constants = constantsOf(c, launcher.traits);
  const lanes = c / lanesFor(c);
  const sliced = sliceRows(launcher, rows, c, 2, { x, dy });
  const sums = launcher.workspace(sliced.slices * 2 * c);
  for (const chunk of sliced.chunks) {
    launcher.launch({
      shader: sumsShader,
      constants: { ...constants, HAS_DEVIATION: hasDeviation },
      params: { rows: chunk.rows, c, rowsPerSlice: sliced.rowsPerSlice, firstSlice: chunk.firstSlice, epsilon },
      bindings: { ...chunk.bindings, mean, spread, sums },
      invocations: chunk.slices * lanes,
      work: 5 * chunk.rows * c,
    });
  }
  const bindings: Record<string, Bindable> = { sums, dscale: outputs.dscale, dbias: outputs.dbias };
  if (given) {
    const { variance, scale = variance, dmean, dvariance } = given;
    Object.assign(bindings, { variance, scale, dmean, dvariance });
  }
  launcher.launch({
    shader: slopesShader,
    constants: { ...constants, HAS_SCALE: given?.scale !== undefined, GIVEN: given !== undefined },
    params: { c, slices: sliced.slices, epsilon },
    bindings,
    invocations: lanes,
    work: 2 * sliced.slices * c,
  });
}
