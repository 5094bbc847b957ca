import normalizeShader from "../../../shaders/norm/groupNormalization/normalize.wgsl";
import { termsOfBlocks } from "../../core/errorBound.js";
import type { Launcher } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { groupGradients } from "./groupNormalizationBackward.js";
import {
  type GroupCall,
  type GroupGeometry,
  type GroupNormalizationOptions,
  readGroupNormalization,
} from "./groupOptions.js";
import { forEachPart, type GroupLanes, groupLanesOf, launchGroupStatistics } from "./groups.js";
import { stripsOf } from "./plan.js";

/**
 * Group normalization (Wu and He, "Group Normalization", ECCV 2018), PyTorch's `GroupNorm`: the channels of an image
 * are divided into groups of neighbours. Each group is normalized by its own mean and biased variance over its pixels
 * and channels: y = (x − mean) · scale / √(variance + epsilon) + bias, with a scale and a bias for each channel.
 *
 * @param x float32 [N, H, W, C], or as `layout` says
 * @param options `groups` is required, see {@link GroupNormalizationOptions}
 * @returns y, float32 of x's shape
 * @throws OptionError if an option is invalid or `groups` does not divide C; ShapeError if x does not have four axes,
 * or scale or bias is not [C]; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The kernels read the values twice, because the mean of squares minus the square of the mean would be inaccurate. They
 * keep the rounding error of the mean, and scale values whose squares would overflow.
 *
 * The guide Numbers explains the error bound. K is 4 + √m for the m values of a group. Let u = 2⁻²⁴, let μ and σ² be
 * the exact mean and variance, and D = mean|x − μ|. In place of Σ|terms| the bound has:
 *
 *     |scale| / √(σ² + epsilon) · (|x − μ| · (1 + ρ) + D + mean|x| · (1 / K + K u)) + |bias|
 *
 * with ρ = (σ² + 4 (K u · mean|x|)²) / (σ² + epsilon). There is no bound if 6 K u · ρ is more than a half.
 *
 * @example
 * ```ts
 * // One pixel with four channels.
 * const x = backend.tensor([1, 3, 10, 30], [1, 1, 1, 4]);
 * await groupNormalization(x, { groups: 2 }).read(); // ≈ [-1, 1, -1, 1]
 * await groupNormalization(x, { groups: 1 }).read(); // ≈ [-0.872, -0.698, -0.0872, 1.66]
 * ```
 */
export function groupNormalization(x: Tensor, options: GroupNormalizationOptions): Tensor {
  const operator = "groupNormalization";
  const { scale, bias } = options ?? {};
  checkTensors(operator, { x, scale, bias }, ["scale", "bias"]);
  return normalizeGroups(operator, x, readGroupNormalization(operator, x, options, true), { scale, bias });
}

/** Normalizes by the statistics of groups. Layer and instance normalization have groups too. */
export function normalizeGroups(
  operator: string,
  x: Tensor,
  call: GroupCall,
  { scale, bias }: { readonly scale?: Tensor | undefined; readonly bias?: Tensor | undefined },
): Tensor {
  const { geometry: g } = call;
  const flat = (channels: Tensor | undefined) => channels && reshape(channels, [g.c]);
  return x.backend.tidy(() => {
    const { y } = execute({
      name: operator,
      inputs: { x: call.toGroups(x), scale: flat(scale), bias: flat(bias) },
      outputs: { y: [g.n, g.pixels, g.c] },
      gpu(launcher, { x, scale, bias }, { y }) {
        const lanes = groupLanesOf(g, launcher.traits);
        const statistics = launchGroupStatistics(launcher, g, lanes, x);
        launchNormalized(launcher, g, lanes, { x, statistics, scale, bias }, y);
      },
      cpu: (kernels, inputs, outputs) => kernels.groupNormalization(g, inputs, outputs),
      terms: termsOfBlocks((g.pixels * g.c) / g.groups),
      backward({ inputs: { x, scale, bias }, gradient }) {
        const { dx, dscale, dbias } = groupGradients(`${operator}Backward`, g, { x, dy: gradient("y"), scale });
        return { x: dx, scale: scale && dscale, bias: bias && dbias };
      },
    });
    return call.fromGroups(y);
  });
}

interface NormalizedInputs {
  readonly x: Storage;
  readonly statistics: Storage;
  readonly scale: Storage | undefined;
  readonly bias: Storage | undefined;
}

/** Normalizes by the statistics of `launchGroupStatistics`. */
export function launchNormalized(
  launcher: Launcher,
  g: GroupGeometry,
  lanes: GroupLanes,
  { x, statistics, scale, bias }: NormalizedInputs,
  y: Storage,
): void {
  forEachPart(launcher, g, { x, y }, { statistics }, ({ bindings, images, pixels, firstImage }) => {
    const strips = stripsOf(pixels, images * g.c, launcher.traits);
    launcher.launch({
      shader: normalizeShader,
      constants: { ...lanes.constants, HAS_SCALE: scale !== undefined, HAS_BIAS: bias !== undefined },
      params: { ...lanes.params, pixels, strips, firstImage },
      // A binding cannot stay empty. The kernel does not read the binding of an absent tensor.
      bindings: { ...bindings, scale: scale ?? bindings.statistics, bias: bias ?? bindings.statistics },
      invocations: images * strips * lanes.params.lanes,
      work: 5 * images * pixels * g.c,
    });
  });
}
