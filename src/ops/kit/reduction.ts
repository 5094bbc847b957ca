import sumShader from "../../../shaders/kit/sum.wgsl";
import type { DeviceTraits, Launcher, ParamValues, ShaderConstants, ShaderSource } from "../../core/operation.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { joinAxes } from "./broadcast.js";
import { lanesFor } from "./lanes.js";
import { slicesFor } from "./slices.js";

// Sums along axes. shaders/lib/reduction.wgsl adds in pairs. A long sum is cut into slices, and the next launch adds
// them.

/** One stage of a reduction. It reads [outer, length, inner] and writes [outer, slices, inner]. */
export interface ReductionStage {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly slices: number;
}

/** The fewest positions that one invocation sums. Shorter slices gain less than the dispatch that adds them costs. */
const POSITIONS_OF_SLICE = { software: 256, gpu: 32 } as const;
/** As in shaders/lib/reduction.wgsl. A slice of one block needs no more than its sum. */
const POSITIONS_OF_BLOCK = 16;

/**
 * The stages that reduce the axes along which `keptShape` has an extent of 1, from the innermost axis on. A long sum
 * takes several stages. If each sum has one term only, there is one stage, which copies.
 */
export function planReduction(shape: Shape, keptShape: Shape, traits: DeviceTraits): readonly ReductionStage[] {
  const stages: ReductionStage[] = [];
  const axes = joinAxes(shape, [keptShape]).map(({ extent, had: [kept] }) => ({ extent, kept }));
  for (let axis = axes.findLastIndex(({ kept }) => !kept); axis >= 0; axis = axes.findLastIndex(({ kept }) => !kept)) {
    const outer = productOf(axes.slice(0, axis));
    const inner = productOf(axes.slice(axis + 1));
    const length = axes[axis]?.extent ?? 1;
    const positions = length / lanesAlong(length, inner);
    const least = traits.software ? POSITIONS_OF_SLICE.software : POSITIONS_OF_SLICE.gpu;
    const invocations = (outer * inner) / lanesFor(inner);
    const slices = slicesFor(invocations, Math.floor(positions / least), outer * inner, traits);
    stages.push({ outer, length, inner, slices });
    axes[axis] = { extent: slices, kept: slices === 1 };
  }
  if (stages.length > 0) return stages;
  const inner = shape.at(-1) ?? 1;
  return [{ outer: elementsOf(shape) / inner, length: 1, inner, slices: 1 }];
}

/** A reduction by the stages of a plan. */
interface Reduction {
  readonly x: Storage;
  readonly y: Storage;
  /** The shader of the last stage, if it does more than sum. */
  readonly last?: ShaderSource;
  readonly params?: ParamValues;
}

/** Launches the stages of a reduction. A stage without a shader of its own sums. */
export function launchReduction(
  launcher: Launcher,
  stages: readonly ReductionStage[],
  { x, y, last = sumShader, params = {} }: Reduction,
): void {
  let read = x;
  for (const [i, stage] of stages.entries()) {
    const { outer, slices, inner } = stage;
    const isLast = i === stages.length - 1;
    const chunks = outer === 1 ? chunksOfAxis(launcher, stage, read) : [];
    if (chunks.length > 1) {
      read = sumOfChunks(launcher, stage, chunks);
      if (isLast) launchStage(launcher, last, { outer: 1, length: 1, inner, slices: 1 }, { x: read, y }, params);
      continue;
    }
    const output = isLast ? y : launcher.workspace(outer * slices * inner);
    const shader = isLast ? last : sumShader;
    if (output.bytes <= launcher.traits.maxBindingBytes) {
      // y is bound whole if it fits, because few of its rows begin at an offset that a binding may have.
      launcher.forEachBatch(outer, { x: read }, (bindings, outer, first) =>
        launchStage(launcher, shader, stage, { ...bindings, y: output }, params, {
          outer,
          firstOutput: first * slices,
        }),
      );
    } else {
      launcher.forEachBatch(outer, { x: read, y: output }, (bindings, outer) =>
        launchStage(launcher, shader, stage, bindings, params, { outer }),
      );
    }
    read = output;
  }
}

/** Launches the sum of all elements of x. */
export function launchTotal(launcher: Launcher, x: Storage, total: Storage): void {
  launchReduction(launcher, planReduction([x.elements], [1], launcher.traits), { x, y: total });
}

/** A part of the summed axis. */
interface Chunk {
  readonly bindings: Readonly<Record<string, Bindable>>;
  readonly positions: number;
}

/**
 * The sums of a stage whose axis is cut into chunks. The sums of chunks are added in pairs, as shaders/lib/pairs.wgsl
 * adds blocks.
 */
function sumOfChunks(launcher: Launcher, stage: ReductionStage, chunks: readonly Chunk[]): Storage {
  const inner = stage.slices * stage.inner;
  const free: Storage[] = [];
  const levels: (Storage | undefined)[] = [];
  const add = (x: Storage, y: Storage) => {
    launchStage(launcher, sumShader, { outer: 1, length: 1, inner, slices: 1 }, { x, y }, {}, { add: true });
    free.push(x);
  };
  for (const { bindings, positions } of chunks) {
    const y = free.pop() ?? launcher.workspace(inner);
    launchStage(launcher, sumShader, stage, { ...bindings, y }, {}, { positions });
    let level = 0;
    for (let other = levels[level]; other; other = levels[level]) {
      add(other, y);
      levels[level++] = undefined;
    }
    levels[level] = y;
  }
  const [fewest, ...more] = levels.filter((sum) => sum !== undefined);
  if (!fewest) throw new Error("a reduction has at least one chunk");
  for (const sum of more) add(sum, fewest);
  return fewest;
}

/** The differences from a launch of the whole stage. */
interface Part {
  readonly outer?: number;
  readonly positions?: number;
  /** In rows of the inner axis. */
  readonly firstOutput?: number;
  /** If given, no lanes lie along the summed axis, and lanes lie along the inner axis if they divide this number. */
  readonly channels?: number;
  /** Whether it adds to the values that y holds. */
  readonly add?: boolean;
}

/** Launches one stage, or a part of it. */
export function launchStage(
  launcher: Launcher,
  shader: ShaderSource,
  stage: ReductionStage,
  bindings: Readonly<Record<string, Bindable>>,
  params: ParamValues,
  part: Part = {},
  constants: ShaderConstants = {},
): void {
  const { length, inner, slices } = stage;
  const { outer = stage.outer, firstOutput = 0, channels, add = false } = part;
  const along = channels === undefined ? lanesAlong(length, inner) : 1;
  const positions = part.positions ?? length / along;
  const lanes = Math.max(along, lanesFor(channels ?? inner));
  const innerLanes = along > 1 ? 1 : inner / lanes;
  const long = positions > slices * POSITIONS_OF_BLOCK;
  launcher.launch({
    shader,
    constants: {
      FOURS: lanes === 4,
      LONG: long,
      ADD: add,
      ...(channels === undefined && { ALONG: along > 1 }),
      ...constants,
    },
    params: [
      { length: positions, slices, inner: innerLanes, firstOutput: firstOutput * innerLanes },
      params,
      { divisor: 1, channels: channels ?? 1 },
    ],
    bindings,
    invocations: outer * slices * innerLanes,
    work: outer * positions * innerLanes * lanes,
  });
}

/** The parts of the summed axis that fit a binding. */
function chunksOfAxis(launcher: Launcher, stage: ReductionStage, x: Storage): readonly Chunk[] {
  const chunks: Chunk[] = [];
  launcher.forEachBatch(positionsOf(stage), { x }, (bindings, positions) => {
    chunks.push({ bindings, positions });
  });
  return chunks;
}

/** The lanes along the summed axis, or its elements. */
function positionsOf({ length, inner }: ReductionStage): number {
  return length / lanesAlong(length, inner);
}

/** 4 if lanes lie along the summed axis. They can if there is no inner axis. */
function lanesAlong(length: number, inner: number): 1 | 4 {
  return inner === 1 ? lanesFor(length) : 1;
}

function productOf(axes: readonly { readonly extent: number }[]): number {
  return axes.reduce((product, { extent }) => product * extent, 1);
}
