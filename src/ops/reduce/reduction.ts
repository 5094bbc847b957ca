import reduceSumShader from "../../../shaders/reduce/reduceSum.wgsl";
import type { DeviceTraits, Launch, Launcher, ShaderSource } from "../../core/operation.js";
import { isInteger, OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { joinAxes } from "../kit/broadcast.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";

export interface ReduceOptions {
  /** The axes that are reduced, in any order; negative ones count from the end. All if left out; `[]` reduces none. */
  readonly axes?: readonly number[] | undefined;
  /** Whether the reduced axes stay, with an extent of 1. False if left out. */
  readonly keepDimensions?: boolean | undefined;
}

/** The shapes of one reduction. */
interface Reduction {
  /** The input's with an extent of 1 for each reduced axis. */
  readonly keptShape: Shape;
  /** The output's. */
  readonly outputShape: Shape;
  /** How many elements of the input go into one of the output. */
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

/** Distinct axes of a tensor, the negative ones counted from its end; all of them if left out. */
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

/** One run of a kernel over x, seen as [outer, length, inner], that leaves [outer, slices, inner]. */
export interface ReductionPass {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly slices: number;
}

/** What one invocation sums at least before cutting the sum finer pays for another dispatch. */
const POSITIONS_OF_SLICE = { software: 256, hardware: 32 } as const;

/** The passes that reduce the axes along which `keptShape` has an extent of 1, from the innermost on; a long sum takes several. */
export function planReduction(shape: Shape, keptShape: Shape, traits: DeviceTraits): readonly ReductionPass[] {
  const passes: ReductionPass[] = [];
  const axes = joinAxes(shape, [keptShape]).map(({ extent, had: [kept] }) => ({ extent, kept }));
  for (let axis = axes.findLastIndex(({ kept }) => !kept); axis >= 0; axis = axes.findLastIndex(({ kept }) => !kept)) {
    const outer = productOf(axes.slice(0, axis));
    const inner = productOf(axes.slice(axis + 1));
    const length = axes[axis]?.extent ?? 1;
    const positions = length / lanesAlong(length, inner);
    const least = traits.software ? POSITIONS_OF_SLICE.software : POSITIONS_OF_SLICE.hardware;
    const invocations = (outer * inner) / lanesFor(inner);
    const slices = slicesFor(invocations, Math.floor(positions / least), outer * inner, traits);
    passes.push({ outer, length, inner, slices });
    axes[axis] = { extent: slices, kept: slices === 1 };
  }
  return passes;
}

/**
 * Runs the passes of a reduction.
 *
 * @param shader of the last pass; those before it sum
 * @param divisor of a mean
 */
export function launchReduction(
  launcher: Launcher,
  shader: ShaderSource,
  passes: readonly ReductionPass[],
  x: Storage,
  y: Storage,
  divisor = 1,
): void {
  let input = x;
  for (const [i, pass] of passes.entries()) {
    const isLast = i === passes.length - 1;
    const output = isLast ? y : launcher.workspace(pass.outer * pass.slices * pass.inner);
    launchPass(launcher, isLast ? shader : reduceSumShader, pass, input, output, divisor);
    input = output;
  }
}

/** In chunks of the outer axis or, where there is none, of the summed one: then each chunk adds to the sums of the one before it. */
function launchPass(
  launcher: Launcher,
  shader: ShaderSource,
  { outer, length, inner, slices }: ReductionPass,
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
    // The smaller of the two stays whole where it can: few of its rows begin where a binding may.
    launcher.forEachBatch(outer, { x }, (chunk, count, first) =>
      launch({ ...chunk, y }, count, positions, first, false),
    );
  } else {
    launcher.forEachBatch(outer, { x, y }, (chunk, count) => launch(chunk, count, positions, 0, false));
  }
}

/** Four where the lanes can lie along the summed axis, since there is no inner one. */
function lanesAlong(length: number, inner: number): 1 | 4 {
  return inner === 1 ? lanesFor(length) : 1;
}

function productOf(axes: readonly { readonly extent: number }[]): number {
  return axes.reduce((product, { extent }) => product * extent, 1);
}
