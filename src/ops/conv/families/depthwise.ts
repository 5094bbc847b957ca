import forward from "../../../../shaders/conv/conv2d/depthwise.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/depthwise.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/depthwise.wgsl";
import { type Conv2dGeometry, conv2dFlops, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { isSoonDone, type KernelPlan, type SlicedPlan, slicesFor, workgroupSize } from "../kernelPlan.js";

// There is no matrix in a depthwise convolution: each value of x meets R · S weights and no more, so that memory is the limit, and what an
// invocation saves of loads is what it gains.

/** Taps taken at a time, at most: they and the columns they read stay in registers. */
const MOST_TAPS = 7;
/** Up to so many taps all are taken at once: with more, compiling takes longer than it saves. */
const MOST_TAPS_AT_ONCE = 25;
/** By dw in single channels, and by the forward unless little is to be done in all, so many. */
const MOST_TAPS_OF_LITTLE = 49;
/** So many operations are little, of a tap as in all. */
const LITTLE_FLOPS = 1e6;
/** So many operations are much: dw's large tiles are worth compiling. */
const MUCH_FLOPS = 2e7;
/** With fewer, a processor's cores would wait for each other. */
const INVOCATIONS_OF_WALK = 256;
/** Loads of a step, which are what compiling takes longest for; the fewer where a processor has less to do, so many operations for each tap. */
const MOST_LOADS = 12;
const MOST_LOADS_OF_LEAST = 7;
const LEAST_FLOPS = 2e5;
const ROWS_OF_STRIP = 8;

/** Whether each group is one input channel. */
export function isDepthwise(g: Conv2dGeometry): boolean {
  return g.groups > 1 && g.cPerGroup === 1;
}

export function depthwiseConv2d(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const taps = g.r * g.s;
  // Where each tap has little to do, a processor takes single channels: a tile of them is compiled in half the time of one of fours. One that takes
  // single taps is soon compiled in fours too.
  const isLittle = isSoonDone(g, traits, LITTLE_FLOPS * taps);
  const { fours, lanes } = lanesOf(g, isLittle && windowOf(g, 1).TAPS_S > 1);
  // A processor walks down strips of rows; a GPU wants many invocations, and has caches for what they have in common.
  const WALKS =
    traits.software && takesAllTaps(g, isSoonDone(g, traits, LITTLE_FLOPS) ? MOST_TAPS_AT_ONCE : MOST_TAPS_OF_LITTLE);
  const rows = rowsOf(g, WALKS);
  const tileQ = isLittle && WALKS && taps > 9 ? 1 : isLittle || WALKS ? 2 : 4;
  const window = windowOf(g, Math.min(tileQ, g.q));
  const columns = (g.n * Math.ceil(g.q / window.TILE_Q) * g.k) / lanes;
  const rowsOfStrip = WALKS ? Math.min(g.p, Math.ceil((columns * g.p) / INVOCATIONS_OF_WALK)) : 1;
  return {
    shader: forward,
    constants: { FOURS: fours, WALKS, ...window, ...rows, WORKGROUP_SIZE: workgroupSize(traits) },
    params: { rowsOfStrip },
    invocations: columns * Math.ceil(g.p / rowsOfStrip),
  };
}

export function depthwiseConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const { fours, lanes } = lanesOf(g);
  const tileW = Math.min(isSoonDone(g, traits) ? (fours ? 1 : 2) : 4, columnsOfPhase);
  return {
    shader: input,
    constants: { DILATED: isDilated(g), FOURS: fours, TILE_W: tileW, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: (g.n * g.h * phases * Math.ceil(columnsOfPhase / tileW) * g.c) / lanes,
  };
}

export function depthwiseConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  const isLittle = isSoonDone(g, traits, LITTLE_FLOPS * g.r * g.s) && windowOf(g, 1).TAPS_S > 1;
  const { fours, lanes } = lanesOf(g, isLittle);
  const allTaps = takesAllTaps(g, isLittle ? MOST_TAPS_OF_LITTLE : MOST_TAPS_AT_ONCE);
  const rows = rowsOf(g, allTaps);
  const columns = conv2dFlops(g) >= MUCH_FLOPS ? [4, 3, 2] : allTaps ? [2] : [];
  const windows = columns.filter((tileQ) => g.q % tileQ === 0).map((tileQ) => windowOf(g, tileQ));
  const mostLoads = isSoonDone(g, traits, LEAST_FLOPS * g.r * g.s) ? MOST_LOADS_OF_LEAST : MOST_LOADS;
  const window = windows.find(({ TILE_Q, WINDOW }) => rows.STEP_Y * WINDOW + TILE_Q <= mostLoads) ?? windowOf(g, 1);
  // A processor walks down whole columns; a GPU wants many invocations.
  const rowsOfStrip = traits.software ? g.p : Math.min(g.p, ROWS_OF_STRIP);
  const strips = (g.n * Math.ceil(g.p / rowsOfStrip) * g.q) / window.TILE_Q;
  const invocations = ((g.r / rows.TAPS_R) * (g.s / window.TAPS_S) * g.k) / lanes;
  // Single channels are mostly enough for two cores, and to add slices is another kernel to compile.
  const slices = isLittle && invocations > 16 ? 1 : slicesFor(invocations, strips, g.r * g.s * g.k, traits);
  return {
    shader: filter,
    constants: {
      FOURS: fours,
      ...window,
      ...rows,
      CUTS_TAPS: !allTaps,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    params: { slices, rowsOfStrip },
    invocations,
    slices,
  };
}

/** Four neighbouring channels are one value where each has one output, unless single ones are wanted. */
function lanesOf(g: Conv2dGeometry, single = false) {
  const fours = !single && g.kPerGroup === 1 && g.c % 4 === 0;
  return { fours, lanes: fours ? 4 : 1 };
}

/** A whole row of taps at a time where they are neighbours and few, else one after the other. */
function windowOf(g: Conv2dGeometry, tileQ: number) {
  const taps = g.dilationWidth === 1 && g.s <= MOST_TAPS ? g.s : 1;
  const stepX = Math.min(taps, g.strideWidth);
  return { TILE_Q: tileQ, TAPS_S: taps, STEP_X: stepX, WINDOW: (tileQ - 1) * stepX + taps };
}

/** Whether an invocation takes the taps of all rows at once: where these are neighbours, and few. */
function takesAllTaps(g: Conv2dGeometry, most: number): boolean {
  return g.dilationHeight === 1 && windowOf(g, 1).TAPS_S === g.s && g.r * g.s <= most;
}

/** How many rows of taps are taken at a time, and of the rows of x that they read how many are new in the next row of outputs. */
function rowsOf(g: Conv2dGeometry, allTaps: boolean) {
  const TAPS_R = allTaps ? g.r : 1;
  const STEP_Y = Math.min(TAPS_R, g.strideHeight);
  const KEPT = TAPS_R - STEP_Y;
  return { TAPS_R, STEP_Y, KEPT, WARM_UP: Math.ceil(KEPT / STEP_Y) };
}
