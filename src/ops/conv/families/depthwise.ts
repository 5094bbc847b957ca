import forward from "../../../../shaders/conv/conv2d/depthwise.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/depthwise.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/depthwise.wgsl";
import { type Conv2dGeometry, conv2dFlops, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { isLongSum, slicesFor } from "../../kit/slices.js";
import { workgroupSize } from "../../kit/tiles.js";
import { boundOfProducts, type Family } from "../family.js";
import { backwardFilterKernel, backwardInputKernel, forwardKernel } from "../singleKernel.js";
import { isDepthwise, isForDirect, isSmall } from "../smallWork.js";
import { DEPTHWISE } from "../thresholds.js";

/**
 * Each group has one input channel. Each value of x is multiplied by R · S weights only, so this is not a matrix
 * product. Loads from memory limit the speed, so the kernels save loads.
 */
export const depthwise: Family<"depthwise"> = {
  name: "depthwise",
  automatic: "everywhere",
  masksRelu: true,
  joinsPixels: true,
  fits: (_, g) => isDepthwise(g),
  suits: (pass, g, traits) => !isForDirect(pass, g, traits),
  bound: boundOfProducts,
  passes: {
    conv2d: planConv2d,
    conv2dBackwardInput: planConv2dBackwardInput,
    conv2dBackwardFilter: planConv2dBackwardFilter,
  },
};

function planConv2d(g: Conv2dGeometry, traits: DeviceTraits) {
  const taps = g.r * g.s;
  const isLittle = isSmall(g, traits, DEPTHWISE.littleFlops * taps);
  // A kernel of single channels compiles in half the time of a kernel of fours. If it takes one tap at a time, a kernel
  // of fours compiles quickly too.
  const { fours, lanes } = lanesOf(g, isLittle && windowOf(g, 1).TAPS_S > 1);
  // On a software adapter, an invocation walks down a strip of rows. A GPU needs many invocations, and its caches hold
  // the rows that they share.
  const mostTaps = isSmall(g, traits, DEPTHWISE.littleFlops) ? DEPTHWISE.mostTapsAtOnce : DEPTHWISE.mostTapsOfLittle;
  const WALKS = traits.software && takesAllTaps(g, mostTaps);
  const rows = rowsOf(g, WALKS);
  const tileQ = isLittle && WALKS && taps > DEPTHWISE.mostTapsOfTwoColumns ? 1 : isLittle || WALKS ? 2 : 4;
  const window = windowOf(g, Math.min(tileQ, g.q));
  const columns = (g.n * Math.ceil(g.q / window.TILE_Q) * g.k) / lanes;
  const rowsOfStrip = WALKS ? Math.min(g.p, Math.ceil((columns * g.p) / DEPTHWISE.invocationsOfWalk)) : 1;
  return forwardKernel(g, {
    shader: forward,
    constants: { FOURS: fours, WALKS, ...window, ...rows, WORKGROUP_SIZE: workgroupSize(traits) },
    params: { rowsOfStrip },
    invocations: columns * Math.ceil(g.p / rowsOfStrip),
  });
}

function planConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits) {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const { fours, lanes } = lanesOf(g);
  const tileW = Math.min(isSmall(g, traits) ? (fours ? 1 : 2) : 4, columnsOfPhase);
  return backwardInputKernel(g, {
    shader: input,
    constants: { DILATED: isDilated(g), FOURS: fours, TILE_W: tileW, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: (g.n * g.h * phases * Math.ceil(columnsOfPhase / tileW) * g.c) / lanes,
  });
}

function planConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits) {
  const taps = g.r * g.s;
  const isLittle = isSmall(g, traits, DEPTHWISE.littleFlops * taps) && windowOf(g, 1).TAPS_S > 1;
  const { fours, lanes } = lanesOf(g, isLittle);
  const allTaps = takesAllTaps(g, isLittle ? DEPTHWISE.mostTapsOfLittle : DEPTHWISE.mostTapsAtOnce);
  const rows = rowsOf(g, allTaps);
  const columns = conv2dFlops(g) >= DEPTHWISE.muchFlops ? [4, 3, 2] : allTaps ? [2] : [];
  const windows = columns.filter((tileQ) => g.q % tileQ === 0).map((tileQ) => windowOf(g, tileQ));
  const isLeast = isSmall(g, traits, DEPTHWISE.leastFlopsPerTap * taps);
  const mostLoads = isLeast ? DEPTHWISE.mostLoadsOfLeast : DEPTHWISE.mostLoads;
  const window = windows.find(({ TILE_Q, WINDOW }) => rows.STEP_Y * WINDOW + TILE_Q <= mostLoads) ?? windowOf(g, 1);
  // On a software adapter, an invocation walks down a whole column. A GPU needs many invocations.
  const rowsOfStrip = traits.software ? g.p : Math.min(g.p, DEPTHWISE.rowsOfStrip);
  const strips = (g.n * Math.ceil(g.p / rowsOfStrip) * g.q) / window.TILE_Q;
  const invocations = ((g.r / rows.TAPS_R) * (g.s / window.TAPS_S) * g.k) / lanes;
  // With single channels, there are usually enough invocations for two cores without slices. Slices need a second
  // kernel.
  const terms = g.n * g.p * g.q;
  const oneSlice = isLittle && invocations > DEPTHWISE.fewInvocations && !isLongSum(terms);
  const slices = oneSlice ? 1 : slicesFor(invocations, strips, taps * g.k, traits, terms);
  return backwardFilterKernel(g, {
    shader: filter,
    constants: { FOURS: fours, ...window, ...rows, CUTS_TAPS: !allTaps, WORKGROUP_SIZE: workgroupSize(traits) },
    params: { slices, rowsOfStrip },
    invocations,
    slices,
  });
}

/** Four neighbouring channels are one value if each has one output, unless single channels are wanted. */
function lanesOf(g: Conv2dGeometry, single = false) {
  const fours = !single && g.kPerGroup === 1 && g.c % 4 === 0;
  return { fours, lanes: fours ? 4 : 1 };
}

/** A whole row of taps at a time if the taps are neighbours and few, else one tap after the other. */
function windowOf(g: Conv2dGeometry, tileQ: number) {
  const taps = g.dilationWidth === 1 && g.s <= DEPTHWISE.mostTapsOfRow ? g.s : 1;
  const stepX = Math.min(taps, g.strideWidth);
  return { TILE_Q: tileQ, TAPS_S: taps, STEP_X: stepX, WINDOW: (tileQ - 1) * stepX + taps };
}

/** Whether an invocation takes the taps of all rows at once: if the taps are neighbours, and few. */
function takesAllTaps(g: Conv2dGeometry, most: number): boolean {
  return g.dilationHeight === 1 && windowOf(g, 1).TAPS_S === g.s && g.r * g.s <= most;
}

/**
 * How many rows of taps a step takes. STEP_Y: the number of rows of x that the next output row reads and this one does
 * not.
 */
function rowsOf(g: Conv2dGeometry, allTaps: boolean) {
  const TAPS_R = allTaps ? g.r : 1;
  const STEP_Y = Math.min(TAPS_R, g.strideHeight);
  const KEPT = TAPS_R - STEP_Y;
  return { TAPS_R, STEP_Y, KEPT, WARM_UP: Math.ceil(KEPT / STEP_Y) };
}
