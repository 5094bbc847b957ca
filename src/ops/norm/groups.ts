import mergeMomentsShader from "../../../shaders/norm/groupNormalization/mergeMoments.wgsl";
import sliceMomentsShader from "../../../shaders/norm/groupNormalization/sliceMoments.wgsl";
import type { DeviceTraits, Launcher, Named } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";
import { workgroupSize } from "../kit/tiles.js";
import type { GroupGeometry } from "./groupOptions.js";

// The launches that group normalization and its gradient share. x is [n, pixels, groups, d]. shaders/lib/groups.wgsl
// describes the lanes.

/** The lanes of a call, and the constants and params that follow from them. */
export interface GroupLanes {
  readonly constants: { readonly FOURS: boolean; readonly ALONG: boolean; readonly WORKGROUP_SIZE: number };
  readonly params: { readonly groups: number; readonly groupLanes: number; readonly lanes: number };
}

/** Lanes lie along the channels of a group if these come in fours, or across groups of one channel. */
export function groupLanesOf({ c, groups }: GroupGeometry, traits: DeviceTraits): GroupLanes {
  const d = c / groups;
  const along = d % 4 === 0;
  const lanes = along ? 4 : d === 1 ? lanesFor(c) : 1;
  const across = along ? 1 : lanes;
  return {
    constants: { FOURS: lanes === 4, ALONG: along, WORKGROUP_SIZE: workgroupSize(traits) },
    params: { groups: groups / across, groupLanes: along ? d / 4 : lanes === 4 ? 1 : d, lanes: c / lanes },
  };
}

/** The values of a group, as positions with a constant stride. The numbers count lanes. */
export interface GroupPositions {
  readonly length: number;
  readonly stride: number;
  readonly inner: number;
}

/** A group's pixels are its positions. If there is one pixel and one group, its channels are. */
export function positionsOf({ pixels, groups }: GroupGeometry, lanes: GroupLanes): GroupPositions {
  const { groupLanes, lanes: pixelLanes } = lanes.params;
  if (pixels === 1 && groups === 1) return { length: groupLanes, stride: 1, inner: 1 };
  return { length: pixels, stride: pixelLanes, inner: groupLanes };
}

/** The images, or the pixels of a single image, that fit one binding. */
interface Part<Storages> {
  readonly bindings: { readonly [Name in keyof Storages]: Bindable };
  readonly images: number;
  readonly pixels: number;
  /** The number of its first image among those that the bindings of `groups` hold. */
  readonly firstImage: number;
}

/**
 * Calls `kernel` for all images if the tensors fit a binding. Else it cuts the batch, or the pixels of one image.
 *
 * @param pixels the tensors that have all pixels
 * @param groups the tensors [n, …] with some values for each group. They are small, and bound whole if they fit,
 * because few images begin at an offset that a binding may have
 */
export function forEachPart<Pixels extends Named<Storage>, Groups extends Named<Storage>>(
  launcher: Launcher,
  g: Pick<GroupGeometry, "n" | "pixels">,
  pixels: Pixels,
  groups: Groups,
  kernel: (part: Part<Pixels & Groups>) => void,
): void {
  if (g.n === 1) {
    launcher.forEachBatch(g.pixels, pixels, (bindings, pixels) =>
      kernel({ bindings: { ...bindings, ...groups }, images: 1, pixels, firstImage: 0 }),
    );
  } else if (fitBindings(launcher, groups)) {
    launcher.forEachBatch(g.n, pixels, (bindings, images, firstImage) =>
      kernel({ bindings: { ...bindings, ...groups }, images, pixels: g.pixels, firstImage }),
    );
  } else {
    launcher.forEachBatch(g.n, { ...pixels, ...groups }, (bindings, images) =>
      kernel({ bindings, images, pixels: g.pixels, firstImage: 0 }),
    );
  }
}

export function fitBindings({ traits }: Launcher, storages: Named<Storage>): boolean {
  return Object.values(storages).every(({ bytes }) => bytes <= traits.maxBindingBytes);
}

/** How each group is cut into slices. Slices are interleaved. */
export interface GroupSlices {
  readonly positions: GroupPositions;
  readonly positionsOfSlice: number;
  /** The largest number of slices of a group. If a single image is cut into parts, each part has its own slices. */
  readonly slices: number;
}

/** The most slices of a group. One invocation merges them. Merging more would take longer than they save. */
const MOST_SLICES = 256;
/** A slice of fewer lanes gains less than it costs. */
const FEWEST_LANES = { software: 256, gpu: 16 } as const;

/**
 * @param values the number of values that a slice has for each group
 * @param storages the tensors that have all pixels
 */
export function groupSlicesOf(
  launcher: Launcher,
  g: GroupGeometry,
  lanes: GroupLanes,
  values: number,
  storages: Named<Storage>,
): GroupSlices {
  const { software } = launcher.traits;
  const positions = positionsOf(g, lanes);
  const { length, inner } = positions;
  const invocations = g.n * lanes.params.groups;
  const useful = Math.ceil((length * inner) / (software ? FEWEST_LANES.software : FEWEST_LANES.gpu));
  const most = Math.min(MOST_SLICES, length, useful);
  const wanted = slicesFor(invocations, most, values * g.n * g.groups, launcher.traits);
  const positionsOfSlice = Math.ceil(length / wanted);
  let slices = Math.ceil(length / positionsOfSlice);
  if (g.n === 1) {
    slices = 0;
    forEachPart(launcher, g, storages, {}, ({ pixels }) => {
      slices += Math.ceil((length * pixels) / g.pixels / positionsOfSlice);
    });
  }
  return { positions, positionsOfSlice, slices };
}

/** A part of a sum over groups that is cut into slices, and the params for its launch. */
interface SlicedPart<Storages> extends Omit<Part<Storages>, "pixels"> {
  readonly positions: GroupPositions;
  readonly params: {
    readonly slices: number;
    /** The number of its first slice, counted over the parts of one image. */
    readonly firstSlice: number;
    readonly positionsOfBlock: number;
    readonly positionsOfPair: number;
    readonly imageLanes: number;
  };
}

/** Blocks that are added in pairs have so many lanes, or one position. */
const LANES_OF_BLOCK = 8;

/** `forEachPart`, each with its slices. */
export function forEachSlicedPart<Pixels extends Named<Storage>, Groups extends Named<Storage>>(
  launcher: Launcher,
  g: GroupGeometry,
  { params: { lanes } }: GroupLanes,
  { positions, positionsOfSlice }: GroupSlices,
  pixels: Pixels,
  groups: Groups,
  kernel: (part: SlicedPart<Pixels & Groups>) => void,
): void {
  let firstSlice = 0;
  forEachPart(launcher, g, pixels, groups, ({ bindings, images, pixels, firstImage }) => {
    const length = (positions.length * pixels) / g.pixels;
    const slices = Math.ceil(length / positionsOfSlice);
    const { inner } = positions;
    const positionsOfBlock = Math.ceil(Math.sqrt(Math.ceil(length / slices) * inner) / inner);
    const positionsOfPair = Math.max(1, Math.floor(LANES_OF_BLOCK / inner));
    const params = { slices, firstSlice, positionsOfBlock, positionsOfPair, imageLanes: g.pixels * lanes };
    kernel({ bindings, images, firstImage, positions: { ...positions, length }, params });
    if (g.n === 1) firstSlice += slices;
  });
}

/** The number of elements of an image in these positions. */
export function elementsOfPart(
  { c }: GroupGeometry,
  { params }: GroupLanes,
  { length, stride }: GroupPositions,
): number {
  return (length * stride * c) / params.lanes;
}

/** The value of a mask in `Params`: all bits are set. */
const ALL_BITS = 0xffff_ffff;

/** [groups] each, of a single image. */
interface Moments {
  readonly means: Storage;
  readonly variances: Storage;
  /** √(variance + epsilon). It is finite where the variance overflows. */
  readonly deviations: Storage;
}

/**
 * The statistics of each group, [n, 4, groups]: factor, mean, rest, root.
 *
 * @param wanted more outputs
 */
export function launchGroupStatistics(
  launcher: Launcher,
  g: GroupGeometry,
  lanes: GroupLanes,
  x: Storage,
  wanted?: Moments,
): Storage {
  const { constants, params } = lanes;
  const shared = { ...params, rootOfEpsilon: Math.sqrt(g.epsilon), mask: ALL_BITS };
  const sliced = groupSlicesOf(launcher, g, lanes, 5, { x });
  const { slices } = sliced;
  const moments = launcher.workspace(slices * 5 * g.n * g.groups);
  const statistics = launcher.workspace(4 * g.n * g.groups);
  forEachSlicedPart(launcher, g, lanes, sliced, { x }, { moments }, ({ bindings, images, firstImage, ...part }) =>
    launcher.launch({
      shader: sliceMomentsShader,
      constants,
      params: {
        ...shared,
        ...part.positions,
        ...part.params,
        firstSlice: firstImage * slices + part.params.firstSlice,
      },
      bindings,
      invocations: images * part.params.slices * params.groups,
      work: 6 * images * elementsOfPart(g, lanes, part.positions),
    }),
  );
  const values = (g.pixels * g.c) / g.groups;
  launcher.forEachBatch(g.n, { moments, statistics }, (bindings, images) =>
    launcher.launch({
      shader: mergeMomentsShader,
      // A value of a group is a lane, or a single number if lanes lie along the channels of a group.
      constants: {
        FOURS: constants.FOURS && !constants.ALONG,
        WORKGROUP_SIZE: constants.WORKGROUP_SIZE,
        MOMENTS: wanted !== undefined,
      },
      params: { ...shared, slices, slicesOfBlock: Math.ceil(Math.sqrt(slices)), values },
      bindings: { ...bindings, ...wanted },
      invocations: images * params.groups,
      work: 20 * slices * images * g.groups,
    }),
  );
  return statistics;
}
