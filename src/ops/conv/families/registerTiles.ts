import { type Conv2dGeometry, conv2dFlops } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { COMPILE_MILLISECONDS, NANOSECONDS, REGISTER_TILES } from "../thresholds.js";

// The tiles of `implicitGemm`. The plan takes the cheapest tile. The cost of a tile is the time of its loads,
// broadcasts and multiply-adds in all calls, plus the time to compile its code. A software adapter runs four
// invocations side by side, one in each SIMD lane of the CPU.

/**
 * Sums that an invocation keeps in registers: rows by channels. A row is a column of an image (forward, dx), or four
 * neighbouring values of a run (dw).
 */
export interface RegisterTile {
  readonly rows: number;
  readonly channels: number;
  /** How many invocations share their loads of the rows: 4 in a quad (shaders/lib/quads.wgsl), else 1. */
  readonly sharing: 1 | 4;
}

/** The sums that the tiles of one kernel cover. */
interface Problem {
  readonly rows: number;
  readonly channels: number;
  /** How many times the tiles cover rows × channels, multiplied by the steps of a tile's loop. */
  readonly steps: number;
  /** How many calls the compiled kernel is assumed to serve. */
  readonly calls: number;
  /** How many channels a tile may have. Each costs a vector load. */
  readonly channelsOfTile: readonly number[];
  /** Vectors of 4 that a step loads for a row: 1, or 4 for dw, whose step takes 4 columns. */
  readonly loadsPerRow: number;
  readonly mostRows: number;
  readonly mostSums: number;
  /** Sums of one row and channel. */
  readonly sumsPerRow: number;
}

/** Channels of a tile: one or two lanes of four. */
const LANES_OF_CHANNELS = [4, 8];

/** Every tile of up to `rows` rows, the smallest first. */
function* tilesUpTo(rows: number, channelsOfTile: readonly number[], traits: DeviceTraits): Generator<RegisterTile> {
  for (const sharing of traits.quads ? ([4, 1] as const) : ([1] as const)) {
    for (const channels of channelsOfTile) {
      for (let i = 1; i <= rows; i++) yield { rows: i, channels, sharing };
    }
  }
}

/**
 * The number of tiles that four SIMD lanes compute one after the other. The four lanes compute a shared tile together.
 * Otherwise each lane computes its own tile.
 */
function tilesOneByOne(problem: { readonly rows: number; readonly channels: number }, tile: RegisterTile): number {
  const tiles = Math.ceil(problem.rows / tile.rows) * Math.ceil(problem.channels / (tile.channels * tile.sharing));
  return (tiles * tile.sharing) / 4;
}

/** The choice with the lowest cost. The first one of several. */
function cheapest<Choice>(choices: Iterable<Choice>, costOf: (choice: Choice) => number): Choice {
  let best: { readonly choice: Choice; readonly cost: number } | undefined;
  for (const choice of choices) {
    const cost = costOf(choice);
    if (!best || cost < best.cost) best = { choice, cost };
  }
  if (!best) throw new Error("nothing to choose from");
  return best.choice;
}

/**
 * The milliseconds of all calls and of compiling.
 *
 * @param nanoseconds the time of one call on one core
 * @param loads how many loads the code has
 * @param sums how many sums the code has
 */
function cost(calls: number, nanoseconds: number, loads: number, sums: number): number {
  const { load, sum } = COMPILE_MILLISECONDS;
  return (calls * nanoseconds) / REGISTER_TILES.cores / 1e6 + loads * load + sums * sum;
}

/** The tile that covers the problem in the shortest time. */
function cheapestTile(problem: Problem, traits: DeviceTraits): RegisterTile {
  const rows = Math.min(problem.mostRows, problem.rows);
  return cheapest(tilesUpTo(rows, problem.channelsOfTile, traits), (tile) => {
    const sums = tile.rows * tile.channels * problem.sumsPerRow;
    const loads = Math.ceil((tile.rows * problem.loadsPerRow) / tile.sharing) + tile.channels;
    if (sums > problem.mostSums || loads > REGISTER_TILES.mostLoads) return Infinity;
    const broadcasts = tile.sharing > 1 ? tile.rows * problem.loadsPerRow : 0;
    const { vectorLoad, vectorBroadcast, multiplyAdd } = NANOSECONDS;
    const step = loads * vectorLoad + broadcasts * vectorBroadcast + sums * 4 * multiplyAdd;
    return cost(problem.calls, step * tilesOneByOne(problem, tile) * problem.steps, loads, sums);
  });
}

/** The tile of a forward kernel, and the loads of x in one step of its loop. */
export interface ForwardTile extends RegisterTile {
  /** Values of a run that a step takes. */
  readonly stepE: number;
  /** How many loads lie between the values of two neighbouring columns of an invocation. */
  readonly stepX: number;
  /** Loads of x that an invocation makes in a step. */
  readonly window: number;
}

/**
 * Forward, if input channels do not come in fours. Like `conv2dTile`, but a step takes any number of values that
 * divides the run.
 */
export function fewChannelsTile(g: Conv2dGeometry, traits: DeviceTraits): ForwardTile {
  const { calls, columns, mostLoads, mostStep } = REGISTER_TILES;
  const { runLength } = runsOf(g);
  const problem = { rows: g.q, channels: g.kPerGroup };
  const choices = function* (): Generator<ForwardTile> {
    for (const tile of tilesUpTo(Math.min(columns.mostRows, g.q), LANES_OF_CHANNELS, traits)) {
      for (let stepE = 1; stepE <= Math.min(mostStep, runLength); stepE++) {
        if (runLength % stepE !== 0) continue;
        const stepX = Math.min(stepE, tile.sharing * g.strideWidth * g.c);
        yield { ...tile, stepE, stepX, window: (Math.ceil(tile.rows / tile.sharing) - 1) * stepX + stepE };
      }
    }
  };
  return cheapest(choices(), (tile) => {
    const { stepE, window } = tile;
    const sums = tile.rows * tile.channels;
    if (sums > columns.mostSums || window + stepE * tile.channels > 4 * mostLoads) return Infinity;
    const broadcasts = tile.sharing > 1 ? tile.rows * stepE : 0;
    const { vectorLoad, scalarLoad, vectorBroadcast, multiplyAdd } = NANOSECONDS;
    const multiplyAdds = sums * 4 * Math.ceil(stepE / 4) * multiplyAdd;
    const loads = window * scalarLoad + (stepE * tile.channels * vectorLoad) / 4;
    const step = loads + (broadcasts * vectorBroadcast) / 4 + multiplyAdds;
    const steps = (g.n * g.p * g.groups * g.r * g.s * g.cPerGroup) / stepE;
    const vectorLoads = (window + stepE * tile.channels) / 4;
    return cost(calls.conv2d, step * tilesOneByOne(problem, tile) * steps, vectorLoads, sums);
  });
}

/** Forward: neighbouring output columns by output channels, four input channels at a time. */
export function conv2dTile(g: Conv2dGeometry, traits: DeviceTraits): ForwardTile {
  const steps = (g.n * g.p * g.groups * g.r * g.s * g.cPerGroup) / 4;
  const calls = REGISTER_TILES.calls.conv2d;
  const problem = { rows: g.q, channels: g.kPerGroup, steps, calls, channelsOfTile: LANES_OF_CHANNELS };
  const tile = cheapestTile({ ...problem, ...REGISTER_TILES.columns, loadsPerRow: 1, sumsPerRow: 1 }, traits);
  return { ...tile, stepE: 4, stepX: 1, window: Math.ceil(tile.rows / tile.sharing) };
}

/** dx: input columns of one stride phase by input channels. Channels are not grouped in lanes of four. */
export function conv2dBackwardInputTile(g: Conv2dGeometry, traits: DeviceTraits): RegisterTile {
  const rows = Math.ceil(g.w / g.strideWidth);
  // One in strideHeight rows of taps touches a row of dx. One in strideWidth columns of taps touches a phase, but there
  // are strideWidth phases.
  const steps = (g.n * g.h * g.groups * g.r * g.s * g.kPerGroup) / (4 * g.strideHeight);
  const calls = REGISTER_TILES.calls.conv2dBackwardInput;
  const channelsOfTile = [1, 2, 3, ...LANES_OF_CHANNELS];
  const problem = { rows, channels: g.cPerGroup, steps, calls, channelsOfTile };
  return cheapestTile({ ...problem, ...REGISTER_TILES.columns, loadsPerRow: 1, sumsPerRow: 1 }, traits);
}

/** dw: fours of neighbouring values of a run by output channels. */
export function conv2dBackwardFilterTile(g: Conv2dGeometry, traits: DeviceTraits): RegisterTile {
  const { calls, dw } = REGISTER_TILES;
  const { runs, runLength } = runsOf(g);
  const problem = {
    rows: Math.ceil(runLength / 4),
    channels: g.kPerGroup,
    steps: (g.n * g.p * g.groups * g.r * runs * g.q) / 4,
    calls: calls.conv2dBackwardFilter,
    channelsOfTile: LANES_OF_CHANNELS,
    loadsPerRow: 4,
    mostRows: dw.mostFours,
    mostSums: conv2dFlops(g) < dw.manyFlops ? dw.mostSumsOfFew : dw.mostSums,
    sumsPerRow: 4,
  };
  return cheapestTile(problem, traits);
}

/**
 * How many runs of neighbouring values a row of the filter reads, and how long each is. The whole row is one run if its
 * taps are neighbours. Else each tap is a run.
 */
export function runsOf(g: Conv2dGeometry): { readonly runs: number; readonly runLength: number } {
  const merged = g.groups === 1 && (g.dilationWidth === 1 || g.s === 1);
  return merged ? { runs: 1, runLength: g.s * g.cPerGroup } : { runs: g.s, runLength: g.cPerGroup };
}
