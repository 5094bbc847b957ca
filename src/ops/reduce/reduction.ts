import reduceSumShader from "../../../shaders/reduce/reduceSum.wgsl";
import type { DeviceTraits, Launch, Launcher, ShaderSource } from "../../core/operation.js";
import { isInteger, OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { joinAxes } from "../kit/broadcast.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";

export interface ReduceOptions {
  /** The axes to reduce, in any order. Negative ones count from the end. All axes if left out; `[]` reduces none. */
  readonly axes?: readonly number[] | undefined;
  /** Whether the reduced axes stay, with an extent of 1. False if left out. */
  readonly keepDimensions?: boolean | undefined;
}

/** The shapes of one reduction. */
interface Reduction {
  /** The input's shape with an extent of 1 for each reduced axis. */
  readonly keptShape: Shape;
  readonly outputShape: Shape;
  /** How many elements of the input one element of the output sums. */
  readonly count: number;
}

/** Reads the options of a reduction or its gradient. @throws OptionError */
export function readReduction(operator: string, inputShape: Shape, options: ReduceOptions): Reduction {
  const reader = new OptionReader(operator, options, ["axes", "keepDimensions"]);
  const axes = readAxes(reader, inputShape.length);
  const keepDimensions = reader.boolean("keepDimensions", false);
  const keptShape = inputShape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return {
    keptShape,
    outputShape: keepDimensions ? keptShape : inputShape.filter((_, axis) => !axes.includes(axis)),
    count: axes.reduce((product, axis) => product * (inputShape[axis] ?? 1), 1),
  };
}

/** The option `axes`: distinct axes of a tensor. Negative ones count from the end. All axes if left out. */
function readAxes(reader: OptionReader, rank: number): readonly number[] {
  const value = reader.given("axes");
  if (value === undefined) return [...Array(rank).keys()];
  const axes: number[] = [];
  for (const axis of Array.isArray(value) ? value : [undefined]) {
    const fromStart = isInteger(axis, -rank) && axis < 0 ? axis + rank : axis;
    if (!isInteger(fromStart, 0) || fromStart >= rank || axes.includes(fromStart)) {
      const expected = rank === 0 ? "[]: a scalar has no axes" : `distinct integers from ${-rank} to ${rank - 1}`;
      reader.refuse("axes", value, expected);
    }
    axes.push(fromStart);
  }
  return axes;
}

/** One stage of a reduction. It reads [outer, length, inner] and writes [outer, slices, inner]. */
export interface ReductionStage {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly slices: number;
}

/** The fewest positions that one invocation sums. Shorter slices gain less than the dispatch costs that adds them. */
const POSITIONS_OF_SLICE = { software: 256, gpu: 32 } as const;

/**
 * The stages that reduce the axes along which `keptShape` has an extent of 1, from the innermost axis on. A long sum
 * takes several stages.
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
  return stages;
}

/**
 * Launches the stages of a reduction.
 *
 * @param shader the shader of the last stage; the stages before it sum
 * @param divisor the divisor of a mean
 */
export function launchReduction(
  launcher: Launcher,
  shader: ShaderSource,
  stages: readonly ReductionStage[],
  x: Storage,
  y: Storage,
  divisor = 1,
): void {
  let input = x;
  for (const [i, stage] of stages.entries()) {
    const isLast = i === stages.length - 1;
    const output = isLast ? y : launcher.workspace(stage.outer * stage.slices * stage.inner);
    launchStage(launcher, isLast ? shader : reduceSumShader, stage, input, output, divisor);
    input = output;
  }
}

/** Launches the sum of all elements of x. */
export function launchTotal(launcher: Launcher, x: Storage, total: Storage): void {
  launchReduction(launcher, reduceSumShader, planReduction([x.elements], [1], launcher.traits), x, total);
}

/**
 * Launches one stage. Chunks are parts of the outer axis. If its extent is 1, they are parts of the summed axis, and
 * each chunk adds to the sums of the chunks before it.
 */
function launchStage(
  launcher: Launcher,
  shader: ShaderSource,
  { outer, length, inner, slices }: ReductionStage,
  x: Storage,
  y: Storage,
  divisor: number,
): void {
  const along = lanesAlong(length, inner);
  const lanes = Math.max(along, lanesFor(inner));
  const positions = length / along;
  const innerLanes = along > 1 ? 1 : inner / lanes;
  const outputsOfRow = slices * innerLanes;
  const launch = (bindings: Launch["bindings"], outer: number, positions: number, first: number, add: boolean) =>
    launcher.launch({
      shader,
      constants: { FOURS: lanes === 4, ALONG: along > 1, ADD: add },
      params: { length: positions, slices, inner: innerLanes, firstOutput: first * outputsOfRow, divisor },
      bindings,
      invocations: outer * outputsOfRow,
      work: outer * positions * innerLanes * lanes,
    });
  if (outer === 1) {
    launcher.forEachBatch(positions, { x }, (chunk, count, first) => launch({ ...chunk, y }, 1, count, 0, first > 0));
  } else if (y.bytes <= launcher.traits.maxBindingBytes) {
    // y is bound whole if it fits. It is the smaller tensor, and few of its rows begin at an offset that a binding may
    // have.
    launcher.forEachBatch(outer, { x }, (chunk, count, first) =>
      launch({ ...chunk, y }, count, positions, first, false),
    );
  } else {
    launcher.forEachBatch(outer, { x, y }, (chunk, count) => launch(chunk, count, positions, 0, false));
  }
}

/** 4 if lanes lie along the summed axis. They can if there is no inner axis. */
function lanesAlong(length: number, inner: number): 1 | 4 {
  return inner === 1 ? lanesFor(length) : 1;
}

function productOf(axes: readonly { readonly extent: number }[]): number {
  return axes.reduce((product, { extent }) => product * extent, 1);
}
