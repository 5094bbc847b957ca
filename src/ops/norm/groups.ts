import mergeMomentsShader from "../../../shaders/norm/groupNormalization/mergeMoments.wgsl";
import sliceMomentsShader from "../../../shaders/norm/groupNormalization/sliceMoments.wgsl";
import type { DeviceTraits, Launcher, Named } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";
import { workgroupSize } from "../kit/tiles.js";
import type { GroupGeometry } from "./groupOptions.js";

// What group normalization and its gradient share. x is [n, pixels, groups, d]; shaders/lib/groups.wgsl has the lanes.

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

/** The values of a group, as positions that are a stride apart. Numbers are in lanes. */
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
  readonly firstImage: number;
}

/** Calls `kernel` for all images if the storages fit a binding. Else it cuts the batch, or the pixels of one image. */
export function forEachPart<Storages extends Named<Storage>>(
  launcher: Launcher,
  { n, pixels }: GroupGeometry,
  storages: Storages,
  kernel: (part: Part<Storages>) => void,
): void {
  if (n > 1) {
    launcher.forEachBatch(n, storages, (bindings, images, firstImage) =>
      kernel({ bindings, images, pixels, firstImage }),
    );
  } else {
    launcher.forEachBatch(pixels, storages, (bindings, pixels) =>
      kernel({ bindings, images: 1, pixels, firstImage: 0 }),
    );
  }
}

/** A part whose groups are cut into slices. */
interface SlicedPart<Storages> {
  readonly bindings: Part<Storages>["bindings"];
  readonly images: number;
  readonly firstImage: number;
  readonly positions: GroupPositions;
  readonly slices: number;
  /** The number of its first slice, counted over the parts of one image. */
  readonly firstSlice: number;
  readonly positionsOfBlock: number;
}

/** The most slices of a group. One invocation merges them, and more would take it longer than they save. */
const MOST_SLICES = 256;
/** Fewer lanes for a slice gain less than the slice costs. */
const FEWEST_LANES = { software: 256, gpu: 16 } as const;

/**
 * Cuts each group into slices, and the tensors into parts that fit a binding.
 *
 * @param values how many values a slice has for each group
 */
export function sliceGroups<Storages extends Named<Storage>>(
  launcher: Launcher,
  g: GroupGeometry,
  lanes: GroupLanes,
  values: number,
  storages: Storages,
): { readonly parts: readonly SlicedPart<Storages>[]; readonly slices: number } {
  const { software } = launcher.traits;
  const positions = positionsOf(g, lanes);
  const { length, inner } = positions;
  const invocations = g.n * lanes.params.groups;
  const useful = Math.ceil((length * inner) / (software ? FEWEST_LANES.software : FEWEST_LANES.gpu));
  const most = Math.min(MOST_SLICES, length, useful);
  const wanted = slicesFor(invocations, most, values * g.n * g.groups, launcher.traits);
  const positionsOfSlice = Math.ceil(length / wanted);
  const parts: SlicedPart<Storages>[] = [];
  let slices = 0;
  forEachPart(launcher, g, storages, ({ bindings, images, pixels, firstImage }) => {
    const own = (length * pixels) / g.pixels;
    const ownSlices = Math.ceil(own / positionsOfSlice);
    const lanesOfSlice = Math.ceil(own / ownSlices) * inner;
    parts.push({
      bindings,
      images,
      firstImage,
      positions: { ...positions, length: own },
      slices: ownSlices,
      firstSlice: g.n > 1 ? 0 : slices,
      positionsOfBlock: Math.ceil(Math.sqrt(lanesOfSlice) / inner),
    });
    slices = g.n > 1 ? ownSlices : slices + ownSlices;
  });
  return { parts, slices };
}

/** The elements of an image in these positions. */
export function elementsOfPart(
  { c }: GroupGeometry,
  { params }: GroupLanes,
  { length, stride }: GroupPositions,
): number {
  return (length * stride * c) / params.lanes;
}

/** What a mask in Params is: all bits are set. */
const ALL_BITS = 0xffff_ffff;

/** The statistics of each group, [n, 4, groups]: factor, mean, rest, root. */
export function launchGroupStatistics(launcher: Launcher, g: GroupGeometry, lanes: GroupLanes, x: Storage): Storage {
  const { constants, params } = lanes;
  const shared = { ...params, rootOfEpsilon: Math.sqrt(g.epsilon), mask: ALL_BITS };
  const { parts, slices } = sliceGroups(launcher, g, lanes, 5, { x });
  const moments = launcher.workspace(slices * 5 * g.n * g.groups);
  for (const { bindings, images, firstImage, positions, ...part } of parts) {
    launcher.launch({
      shader: sliceMomentsShader,
      constants,
      params: {
        ...shared,
        ...positions,
        ...part,
        firstSlice: firstImage * part.slices + part.firstSlice,
        imageLanes: g.pixels * params.lanes,
      },
      bindings: { ...bindings, moments },
      invocations: images * part.slices * params.groups,
      work: 6 * images * elementsOfPart(g, lanes, positions),
    });
  }
  const statistics = launcher.workspace(4 * g.n * g.groups);
  launcher.launch({
    shader: mergeMomentsShader,
    constants,
    params: { ...shared, slices, slicesOfBlock: Math.ceil(Math.sqrt(slices)) },
    bindings: { moments, statistics },
    invocations: g.n * params.groups,
    work: 20 * slices * g.n * g.groups,
  });
  return statistics;
}
