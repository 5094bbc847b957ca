import reduceMaxShader from "../../../shaders/reduce/reduceMax.wgsl";
import reduceMinShader from "../../../shaders/reduce/reduceMin.wgsl";
import { mapValues } from "../../core/objects.js";
import type { DeviceTraits, Launch, Launcher } from "../../core/operation.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { joinAxes } from "../kit/broadcast.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";

/** The elements to find: the largest or the smallest. */
export type Extremum = "max" | "min";

const SHADERS = { max: reduceMaxShader, min: reduceMinShader } as const;

/** One stage. It reads [outer, length, inner] and writes [outer, slices, inner]. */
interface Stage {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly slices: number;
  /** Whether the inner axis is a part of the reduced one: four neighbours. */
  readonly along: boolean;
}

/** The fewest positions that one invocation compares. */
const POSITIONS_OF_SLICE = { software: 256, gpu: 32 } as const;
/** An innermost axis of at least this extent is read in fours. It costs one more stage. */
const FEWEST_IN_FOURS = 64;

/**
 * The stages that reduce the axes along which `keptShape` has an extent of 1, from the innermost axis on. A long axis
 * takes several stages.
 */
function planExtremum(shape: Shape, keptShape: Shape, traits: DeviceTraits): readonly Stage[] {
  const stages: Stage[] = [];
  const axes = joinAxes(shape, [keptShape]).map(({ extent, had: [kept] }) => ({ extent, kept }));
  const extents = () => axes.map(({ extent }) => extent);
  for (let axis = axes.findLastIndex(({ kept }) => !kept); axis >= 0; axis = axes.findLastIndex(({ kept }) => !kept)) {
    const outer = elementsOf(extents().slice(0, axis));
    const within = elementsOf(extents().slice(axis + 1));
    const whole = axes[axis]?.extent ?? 1;
    const along = within === 1 && whole % 4 === 0 && whole >= FEWEST_IN_FOURS;
    const [length, inner] = along ? [whole / 4, 4] : [whole, within];
    const least = traits.software ? POSITIONS_OF_SLICE.software : POSITIONS_OF_SLICE.gpu;
    const invocations = (outer * inner) / lanesFor(inner);
    const slices = slicesFor(invocations, Math.floor(length / least), outer * inner, traits);
    stages.push({ outer, length, inner, slices, along });
    const left = along ? 4 * slices : slices;
    axes[axis] = { extent: left, kept: left === 1 };
  }
  // Each element is its own extremum.
  if (stages.length === 0) stages.push({ outer: elementsOf(shape), length: 1, inner: 1, slices: 1, along: false });
  return stages;
}

/** A second output of the launches: a value for each extremum. */
interface Besides {
  readonly what: "positions" | "counts";
  readonly storage: Storage;
}

/** Launches the kernel, stage by stage. */
export function launchExtremum(
  launcher: Launcher,
  extremum: Extremum,
  shape: Shape,
  keptShape: Shape,
  x: Storage,
  y: Storage,
  besides?: Besides,
): void {
  const stages = planExtremum(shape, keptShape, launcher.traits);
  let [input, given]: [Storage, Storage | undefined] = [x, undefined];
  for (const [i, stage] of stages.entries()) {
    const isLast = i === stages.length - 1;
    const elements = stage.outer * stage.slices * stage.inner;
    const output = isLast ? y : launcher.workspace(elements);
    const gives = besides && (isLast ? besides.storage : launcher.workspace(elements));
    const constants = { GIVES: besides !== undefined, COUNTS: besides?.what === "counts", MERGES: i > 0 };
    launchStage(launcher, SHADERS[extremum], constants, stage, { x: input, given }, { y: output, gives });
    [input, given] = [output, gives];
  }
}

type Storages = Readonly<Record<string, Storage | undefined>>;

/**
 * Launches one stage. Chunks are parts of the outer axis. If its extent is 1, they are parts of the reduced axis, and
 * each chunk merges with the extrema of the chunks before it.
 */
function launchStage(
  launcher: Launcher,
  shader: Launch["shader"],
  kind: Launch["constants"],
  { outer, length, inner, slices, along }: Stage,
  inputs: Storages & { readonly x: Storage },
  outputs: Storages & { readonly y: Storage },
): void {
  const lanes = lanesFor(inner);
  const innerLanes = inner / lanes;
  const outputsOfRow = slices * innerLanes;
  const [from, to] = [withoutGaps(inputs), withoutGaps(outputs)];
  const launch = (
    bindings: Launch["bindings"],
    part: { readonly outer: number; readonly length: number; readonly firstOutput: number; readonly first: number },
  ) =>
    launcher.launch({
      shader,
      constants: { ...kind, FOURS: lanes === 4, ALONG: along, ADD: part.first > 0 },
      params: {
        length: part.length,
        slices,
        inner: innerLanes,
        firstOutput: part.firstOutput,
        firstPosition: part.first,
      },
      bindings,
      invocations: part.outer * outputsOfRow,
      work: part.outer * part.length * inner,
    });
  if (outer === 1) {
    launcher.forEachBatch(length, from, (chunk, count, first) =>
      launch({ ...to, ...chunk }, { outer: 1, length: count, firstOutput: 0, first }),
    );
  } else if (outputs.y.bytes <= launcher.traits.maxBindingBytes) {
    // The outputs are bound whole if they fit, because few of their rows begin at an offset that a binding may have.
    launcher.forEachBatch(outer, from, (chunk, count, first) =>
      launch({ ...to, ...chunk }, { outer: count, length, firstOutput: first * outputsOfRow, first: 0 }),
    );
  } else {
    launcher.forEachBatch(outer, { ...from, ...to }, (chunk, count) =>
      launch(chunk, { outer: count, length, firstOutput: 0, first: 0 }),
    );
  }
}

function withoutGaps(storages: Storages): Record<string, Storage> {
  return mapValues(storages, (storage) => storage);
}
