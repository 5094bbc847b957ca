import { type Conv2dGeometry, conv2dFlops } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";

/** The register tile of an `implicitGemm` kernel: columns of an image (forward, dx), or fours of neighbouring values of a run (dw), by channels. */
export interface RegisterTile {
  readonly rows: number;
  readonly channels: number;
  /** How many invocations share their loads of the rows: 4 in quads (shaders/lib/quads.wgsl), else 1. */
  readonly sharing: 1 | 4;
}

/** What is to be covered with tiles. */
interface Problem {
  readonly rows: number;
  readonly channels: number;
  /** How often rows × channels are covered, times the steps of the loop in a tile. */
  readonly steps: number;
  /** For how many calls the kernel is compiled. */
  readonly calls: number;
  /** How many channels a tile may have; each costs a vector load. */
  readonly channelsOfTile: readonly number[];
  /** Vectors of 4 that a row takes from memory in a step: 1, or 4 in the gradient of a filter, whose step takes 4 columns. */
  readonly loadsPerRow: number;
  readonly mostRows: number;
  /** More sums than these do not stay near the processor. */
  readonly mostSums: number;
  /** Sums of a row and channel. */
  readonly sumsPerRow: number;
}

// In nanoseconds for four invocations side by side, with SwiftShader on one core, addresses and edges included; see bench/prices.ts. A processor's vector unit has one lane for
// each invocation, and gathers the four values of a load one by one: hence the price of a load.
const VECTOR_LOAD = 30;
const VECTOR_BROADCAST = 7;
const MULTIPLY_ADD = 0.45;
const SCALAR_LOAD = 11;
const CORES = 2;
// In milliseconds: what the code of a load and of a sum takes to compile.
const COMPILED_LOAD = 4.5;
const COMPILED_SUM = 0.85;
/** A kernel is compiled for so many calls: a larger tile must gain in them what it takes longer to compile. */
const CALLS = 100;
/** More for dw, which gains the most by large tiles; fewer for dx, whose kernel is compiled longest: nobody shall wait for a first call. */
const CALLS_OF_DW = 300;
const CALLS_OF_DX = 40;
/** With fewer, the largest tiles of dw are still compiling when a kernel with an invocation for each weight is done. */
const MANY_FLOPS_OF_DW = 2.5e7;
const MOST_STEP_E = 11;
const MOST_COLUMNS = 14;
const MOST_SUMS = 112;
const COLUMNS = { loadsPerRow: 1, mostRows: MOST_COLUMNS, mostSums: MOST_SUMS, sumsPerRow: 1 };
/** One or two lanes of four. */
const LANES_OF_CHANNELS = [4, 8];
/** Vector loads in the loop's body: with more, tiles ran markedly slower in trials; the processor's cache of instructions may be the reason. */
const MOST_LOADS = 18;

/** Every tile that may be of use, the smallest first. */
function* tilesUpTo(rows: number, channelsOfTile: readonly number[], traits: DeviceTraits): Generator<RegisterTile> {
  for (const sharing of traits.subgroups ? ([4, 1] as const) : ([1] as const)) {
    for (const channels of channelsOfTile) {
      for (let i = 1; i <= rows; i++) yield { rows: i, channels, sharing };
    }
  }
}

/** Tiles needed, as many as a processor's four lanes take one after the other: side by side where each invocation has its own. */
function passes(problem: { readonly rows: number; readonly channels: number }, tile: RegisterTile): number {
  const tiles = Math.ceil(problem.rows / tile.rows) * Math.ceil(problem.channels / (tile.channels * tile.sharing));
  return (tiles * tile.sharing) / 4;
}

/** The first of the least cost. */
function cheapest<Choice>(choices: Iterable<Choice>, costOf: (choice: Choice) => number): Choice {
  let best: { readonly choice: Choice; readonly cost: number } | undefined;
  for (const choice of choices) {
    const cost = costOf(choice);
    if (!best || cost < best.cost) best = { choice, cost };
  }
  if (!best) throw new Error("nothing to choose from");
  return best.choice;
}

/** Milliseconds until all calls are done. */
function cost(calls: number, nanoseconds: number, loads: number, sums: number): number {
  return (calls * nanoseconds) / CORES / 1e6 + loads * COMPILED_LOAD + sums * COMPILED_SUM;
}

/** The tile that covers the problem in the least time, by the prices above. */
function cheapestTile(problem: Problem, traits: DeviceTraits): RegisterTile {
  const rows = Math.min(problem.mostRows, problem.rows);
  return cheapest(tilesUpTo(rows, problem.channelsOfTile, traits), (tile) => {
    const sums = tile.rows * tile.channels * problem.sumsPerRow;
    const loads = Math.ceil((tile.rows * problem.loadsPerRow) / tile.sharing) + tile.channels;
    if (sums > problem.mostSums || loads > MOST_LOADS) return Infinity;
    const broadcasts = tile.sharing > 1 ? tile.rows * problem.loadsPerRow : 0;
    const step = loads * VECTOR_LOAD + broadcasts * VECTOR_BROADCAST + sums * 4 * MULTIPLY_ADD;
    return cost(problem.calls, step * passes(problem, tile) * problem.steps, loads, sums);
  });
}

/** The tile of a forward kernel, with what it loads of x in a step. */
export interface ForwardTile extends RegisterTile {
  /** Values of a run that a step takes. */
  readonly stepE: number;
  /** How far the values of two neighbouring columns of an invocation lie apart, in what it loads, by its loads. */
  readonly stepX: number;
  /** Loads of x by an invocation in a step. */
  readonly window: number;
}

/** Of the forward where input channels do not come in fours: as `conv2dTile`, and so many values of a run at a time that they divide it. */
export function fewChannelsTile(g: Conv2dGeometry, traits: DeviceTraits): ForwardTile {
  const { runLength } = runsOf(g);
  const problem = { rows: g.q, channels: g.kPerGroup };
  const choices = function* (): Generator<ForwardTile> {
    for (const tile of tilesUpTo(Math.min(MOST_COLUMNS, g.q), LANES_OF_CHANNELS, traits)) {
      for (let stepE = 1; stepE <= Math.min(MOST_STEP_E, runLength); stepE++) {
        if (runLength % stepE !== 0) continue;
        const stepX = Math.min(stepE, tile.sharing * g.strideWidth * g.c);
        yield { ...tile, stepE, stepX, window: (Math.ceil(tile.rows / tile.sharing) - 1) * stepX + stepE };
      }
    }
  };
  return cheapest(choices(), (tile) => {
    const { stepE, window } = tile;
    const sums = tile.rows * tile.channels;
    if (sums > MOST_SUMS || window + stepE * tile.channels > 4 * MOST_LOADS) return Infinity;
    const broadcasts = tile.sharing > 1 ? tile.rows * stepE : 0;
    const multiplyAdds = sums * 4 * Math.ceil(stepE / 4) * MULTIPLY_ADD;
    const loads = window * SCALAR_LOAD + (stepE * tile.channels * VECTOR_LOAD) / 4;
    const step = loads + (broadcasts * VECTOR_BROADCAST) / 4 + multiplyAdds;
    const steps = (g.n * g.p * g.groups * g.r * g.s * g.cPerGroup) / stepE;
    return cost(CALLS, step * passes(problem, tile) * steps, (window + stepE * tile.channels) / 4, sums);
  });
}

/** Of the forward: neighbouring output columns by output channels, four input channels at a time. */
export function conv2dTile(g: Conv2dGeometry, traits: DeviceTraits): ForwardTile {
  const steps = (g.n * g.p * g.groups * g.r * g.s * g.cPerGroup) / 4;
  const problem = { rows: g.q, channels: g.kPerGroup, steps, calls: CALLS, channelsOfTile: LANES_OF_CHANNELS };
  const tile = cheapestTile({ ...problem, ...COLUMNS }, traits);
  return { ...tile, stepE: 4, stepX: 1, window: Math.ceil(tile.rows / tile.sharing) };
}

/** Of dx: input columns of one stride phase by input channels, of which each stands by itself. */
export function conv2dBackwardInputTile(g: Conv2dGeometry, traits: DeviceTraits): RegisterTile {
  const rows = Math.ceil(g.w / g.strideWidth);
  // Of the taps, each phase of columns and of rows sees its share.
  const steps = (g.n * g.h * g.groups * g.r * g.s * g.kPerGroup) / (4 * g.strideHeight);
  const channelsOfTile = [1, 2, 3, ...LANES_OF_CHANNELS];
  const problem = { rows, channels: g.cPerGroup, steps, calls: CALLS_OF_DX, channelsOfTile };
  return cheapestTile({ ...problem, ...COLUMNS }, traits);
}

/** Of dw: fours of neighbouring values of a run by output channels. */
export function conv2dBackwardFilterTile(g: Conv2dGeometry, traits: DeviceTraits): RegisterTile {
  const fours = Math.ceil(runsOf(g).runLength / 4);
  const steps = (g.n * g.p * g.groups * g.r * runsOf(g).runs * g.q) / 4;
  const problem = { rows: fours, channels: g.kPerGroup, steps, calls: CALLS_OF_DW, channelsOfTile: LANES_OF_CHANNELS };
  const mostSums = conv2dFlops(g) < MANY_FLOPS_OF_DW ? 96 : 128;
  return cheapestTile({ ...problem, loadsPerRow: 4, mostRows: 6, mostSums, sumsPerRow: 4 }, traits);
}

/**
 * The runs of neighbouring values that a row of the filter reads, how many and of what length: the whole row at once where its taps are
 * neighbours, else one tap after the other.
 */
export function runsOf(g: Conv2dGeometry): { readonly runs: number; readonly runLength: number } {
  const merged = g.groups === 1 && (g.dilationWidth === 1 || g.s === 1);
  return merged ? { runs: 1, runLength: g.s * g.cPerGroup } : { runs: g.s, runLength: g.cPerGroup };
}
