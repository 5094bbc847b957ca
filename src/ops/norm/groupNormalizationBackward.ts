import channelsShader from "../../../shaders/norm/groupNormalizationBackward/channels.wgsl";
import groupsShader from "../../../shaders/norm/groupNormalizationBackward/groups.wgsl";
import inputShader from "../../../shaders/norm/groupNormalizationBackward/input.wgsl";
import { termsOfBlocks } from "../../core/errorBound.js";
import type { Launcher } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchSum } from "../kit/slicedSum.js";
import {
  checkGroupSlope,
  type GroupCall,
  type GroupGeometry,
  type GroupNormalizationOptions,
  readGroupNormalization,
} from "./groupOptions.js";
import {
  elementsOfPart,
  fitBindings,
  forEachPart,
  forEachSlicedPart,
  type GroupLanes,
  groupLanesOf,
  groupSlicesOf,
  launchGroupStatistics,
} from "./groups.js";
import { sliceRows, stripsOf } from "./plan.js";

/** The gradients of layer, group and instance normalization. */
export interface GroupNormalizationGradients {
  /** float32 of x's shape. */
  readonly dx: Tensor;
  /** float32 of the shape of `scale`, also if it was left out. */
  readonly dscale: Tensor;
  /** float32 of the shape of `bias`, also if it was left out. */
  readonly dbias: Tensor;
}

/**
 * The gradients of {@link groupNormalization}, with the dependence of mean and variance on x: dx = (dy · scale −
 * mean(dy · scale) − x̂ · mean(dy · scale · x̂)) / √(variance + epsilon), where each mean(…) is over a group and x̂ =
 * (x − mean) / √(variance + epsilon). The gradients of scale and bias are returned even if scale and bias were left
 * out. Mean and variance are computed again.
 *
 * @param x float32, the forward's `x`
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param options the forward's options; `bias` is ignored
 * @returns float32: dx of x's shape; dscale and dbias [C]
 * @throws OptionError if an option is invalid or `groups` does not divide C; ShapeError if x does not have four axes,
 * or dy, scale or bias does not fit x; DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 *
 * @remarks
 * The guide Numbers explains the error bound. K is 4 + √m, where m is the number of values of a group or of a channel,
 * the larger of the two. X is the magnitude of x̂: the forward's magnitude without scale and bias. ρ is as in the
 * forward. In place of Σ|terms| the bound has:
 *
 * - dbias: Σ |dy|
 * - dscale: 2 Σ |dy| · X
 * - dx: (2 + ρ) · (|dy · scale| + mean|dy · scale| + 4 X · mean(|dy · scale| · X)) / √(σ² + epsilon)
 *
 * @example
 * ```ts
 * // One pixel with three channels.
 * const x = backend.tensor([1, 2, 3], [1, 1, 1, 3]);
 * const dy = backend.tensor([3, 0, 0], [1, 1, 1, 3]);
 * const { dx, dscale, dbias } = groupNormalizationBackward(x, dy, { groups: 1 });
 * await dx.read(); // ≈ [0.612, -1.22, 0.612]
 * await dscale.read(); // ≈ [-3.67, 0, 0]
 * await dbias.read(); // [3, 0, 0]
 * ```
 */
export function groupNormalizationBackward(
  x: Tensor,
  dy: Tensor,
  options: GroupNormalizationOptions,
): GroupNormalizationGradients {
  const operator = "groupNormalizationBackward";
  const { scale, bias } = options ?? {};
  checkTensors(operator, { x, dy, scale, bias }, ["scale", "bias"]);
  return differentiateGroups(operator, x, dy, readGroupNormalization(operator, x, options, true), scale);
}

/** The gradients of a normalization by the statistics of groups. Layer and instance normalization have groups too. */
export function differentiateGroups(
  operator: string,
  x: Tensor,
  dy: Tensor,
  call: GroupCall,
  scale: Tensor | undefined,
): GroupNormalizationGradients {
  checkGroupSlope(operator, dy, call);
  const { geometry: g, channelShape } = call;
  return x.backend.tidy(() => {
    const { dx, dscale, dbias } = groupGradients(operator, g, {
      x: call.toGroups(x),
      dy: call.toGroups(dy),
      scale: scale && reshape(scale, [g.c]),
    });
    return {
      dx: call.fromGroups(dx),
      dscale: reshape(dscale, channelShape),
      dbias: reshape(dbias, channelShape),
    };
  });
}

/** The gradients for x and dy as [n, pixels, c], and scale as [c]. */
export function groupGradients(
  operator: string,
  g: GroupGeometry,
  { x, dy, scale }: { readonly x: Tensor; readonly dy: Tensor; readonly scale: Tensor | undefined },
): GroupNormalizationGradients {
  const { n, pixels, c, groups } = g;
  return execute({
    name: operator,
    inputs: { x, dy, scale },
    outputs: { dx: [n, pixels, c], dscale: [c], dbias: [c] },
    gpu(launcher, { x, dy, scale }, { dx, ...channels }) {
      const lanes = groupLanesOf(g, launcher.traits);
      const statistics = launchGroupStatistics(launcher, g, lanes, x);
      launchChannels(launcher, g, lanes, { x, dy, statistics }, channels);
      const sums = launchGroupSums(launcher, g, lanes, { x, dy, statistics, scale });
      forEachPart(launcher, g, { x, dy, dx }, { statistics, sums }, ({ bindings, images, pixels, firstImage }) => {
        const strips = stripsOf(pixels, images * c, launcher.traits);
        launcher.launch({
          shader: inputShader,
          constants: { ...lanes.constants, HAS_SCALE: scale !== undefined },
          params: { ...lanes.params, pixels, strips, firstImage, share: groups / (g.pixels * c) },
          bindings: { ...bindings, scale: scale ?? bindings.statistics },
          invocations: images * strips * lanes.params.lanes,
          work: 9 * images * pixels * c,
        });
      });
    },
    cpu: (kernels, inputs, outputs) => kernels.groupNormalizationBackward(g, inputs, outputs),
    terms: termsOfBlocks(pixels * Math.max(n, c / groups)),
  });
}

interface Slopes {
  readonly x: Storage;
  readonly dy: Storage;
  readonly statistics: Storage;
}

/** dscale and dbias: the rows are cut into slices, and their sums are added. */
function launchChannels(
  launcher: Launcher,
  { n, pixels, c }: GroupGeometry,
  { constants, params }: GroupLanes,
  { x, dy, statistics }: Slopes,
  totals: { readonly dscale: Storage; readonly dbias: Storage },
): void {
  // The rows of a slice are pixels, but whole images if the statistics are cut with them.
  const whole = fitBindings(launcher, { statistics });
  const [units, unit] = whole ? [n * pixels, 1] : [n, pixels];
  const cut: Readonly<Record<string, Storage>> = whole ? { x, dy } : { x, dy, statistics };
  const { chunks, slices, rowsPerSlice } = sliceRows(launcher, units, c, 2, cut);
  const partials =
    slices === 1 ? totals : { dscale: launcher.workspace(slices * c), dbias: launcher.workspace(slices * c) };
  const rowsOfBlock = Math.ceil(Math.sqrt(rowsPerSlice * unit));
  for (const { bindings, rows, slices, firstSlice, firstRow } of chunks) {
    launcher.launch({
      shader: channelsShader,
      constants,
      params: {
        ...params,
        rows: rows * unit,
        rowsPerSlice: rowsPerSlice * unit,
        rowsOfBlock,
        firstSlice,
        firstRow: whole ? firstRow : 0,
        pixels,
      },
      bindings: { statistics, ...bindings, ...partials },
      invocations: slices * params.lanes,
      work: 7 * rows * unit * c,
    });
  }
  if (slices === 1) return;
  launchSum(launcher, { slices, elements: c, partial: partials.dscale, total: totals.dscale });
  launchSum(launcher, { slices, elements: c, partial: partials.dbias, total: totals.dbias });
}

/** The sums over each group, [n, 2, groups]. */
function launchGroupSums(
  launcher: Launcher,
  g: GroupGeometry,
  lanes: GroupLanes,
  { x, dy, statistics, scale }: Slopes & { readonly scale: Storage | undefined },
): Storage {
  const { n, pixels, groups } = g;
  const sliced = groupSlicesOf(launcher, g, lanes, 2, { x, dy });
  const { slices } = sliced;
  const elements = n * 2 * groups;
  const sums = launcher.workspace(elements);
  const partial = slices === 1 ? sums : launcher.workspace(slices * elements);
  const ofGroups = { statistics, sums: partial };
  forEachSlicedPart(launcher, g, lanes, sliced, { x, dy }, ofGroups, ({ bindings, images, firstImage, ...part }) =>
    launcher.launch({
      shader: groupsShader,
      constants: {
        ...lanes.constants,
        HAS_SCALE: scale !== undefined,
        ALONG_CHANNELS: pixels === 1 && groups === 1,
      },
      params: { ...lanes.params, ...part.positions, ...part.params, n, firstImage },
      bindings: { ...bindings, scale: scale ?? bindings.statistics },
      invocations: images * part.params.slices * lanes.params.groups,
      work: 8 * images * elementsOfPart(g, lanes, part.positions),
    }),
  );
  if (slices > 1) launchSum(launcher, { slices, elements, partial, total: sums });
  return sums;
}
