import forward from "../../../../shaders/conv/conv2d/tiledGemm.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/tiledGemm.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/tiledGemm.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { slicesFor } from "../../kit/slices.js";
import { boundOfProducts, type Conv2dPass, type Family } from "../family.js";
import { backwardFilterKernel, backwardInputKernel, forwardKernel } from "../singleKernel.js";
import { isDepthwise } from "../smallWork.js";
import { TILED_GEMM } from "../thresholds.js";

/**
 * Matrix products over tiles in workgroup memory, for GPUs. On a software adapter, barriers cost too much.
 * docs/internals/tuning-notes.md derives the sizes.
 */
export const tiledGemm: Family<"tiledGemm"> = {
  name: "tiledGemm",
  automatic: "gpu",
  masksRelu: true,
  joinsPixels: true,
  // The kernels load and store the columns of their product in fours.
  fits: (pass, g) => (pass === "conv2dBackwardInput" ? g.cPerGroup : g.kPerGroup) % 4 === 0,
  suits: (pass, g) => !isDepthwise(g) && fillsTiles(pass, g),
  bound: boundOfProducts,
  passes: {
    conv2d: planConv2d,
    conv2dBackwardInput: planConv2dBackwardInput,
    conv2dBackwardFilter: planConv2dBackwardFilter,
  },
};

/** Whether a tile is filled well enough to be worth its barriers. */
function fillsTiles(pass: Conv2dPass, g: Conv2dGeometry): boolean {
  const { fewest } = TILED_GEMM;
  const terms = g.r * g.s * g.cPerGroup;
  if (pass === "conv2dBackwardInput") return Math.min(g.cPerGroup, g.kPerGroup) >= fewest[pass];
  if (pass === "conv2dBackwardFilter") return Math.min(terms, g.kPerGroup) >= fewest[pass];
  const fewestTerms = g.cPerGroup % 4 === 0 ? fewest[pass].terms : fewest[pass].termsOfSingles;
  return g.kPerGroup >= fewest[pass].channels && terms >= fewestTerms;
}

/** The terms of a sum that the kernels load to workgroup memory at a time. */
const STEP = 16;

/**
 * The kernel for dw adds db in blocks of 16 steps, and the blocks in order. A slice with more steps than this needs a
 * separate pass for db, which adds in pairs. That pass is little work compared with such a slice.
 */
const MOST_STEPS_OF_DB = 512;

/** The product of pixels by output channels. */
function planConv2d(g: Conv2dGeometry, traits: DeviceTraits) {
  const { constants, invocations } = tilesOf(g.n * g.p * g.q, g.kPerGroup, g.groups);
  // Few pixels and a long sum leave most of a GPU idle. Slices of the sum fill it.
  const steps = Math.ceil((g.r * g.s * g.cPerGroup) / STEP);
  const mostSlices = Math.ceil(steps / TILED_GEMM.fewestSteps);
  const stepsPerSlice = Math.ceil(steps / slicesFor(invocations, mostSlices, g.n * g.p * g.q * g.k, traits));
  const slices = Math.ceil(steps / stepsPerSlice);
  return forwardKernel(g, {
    shader: forward,
    constants: { ...constants, C_FOURS: g.cPerGroup % 4 === 0, SLICED: slices > 1 },
    params: { stepsPerSlice },
    invocations: slices * invocations,
    slices,
  });
}

/** The product of the pixels of one stride phase by input channels. */
function planConv2dBackwardInput(g: Conv2dGeometry) {
  const phases = Math.min(g.strideHeight, g.h) * Math.min(g.strideWidth, g.w);
  const pixels = g.n * Math.ceil(g.h / g.strideHeight) * Math.ceil(g.w / g.strideWidth);
  const { constants, invocations } = tilesOf(pixels, g.cPerGroup, g.groups * phases);
  return backwardInputKernel(g, {
    shader: input,
    constants: { ...constants, DILATED: isDilated(g), K_FOURS: g.kPerGroup % 4 === 0 },
    invocations,
    transposesFilter: true,
  });
}

/** The product of taps and input channels by output channels, over a slice of the output rows. */
function planConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits) {
  const { largeTile, smallTile, fewestSteps } = TILED_GEMM;
  const rows = g.r * g.s * g.cPerGroup;
  // Slices give the GPU enough workgroups. So tiles are large, unless too much of a tile would be empty.
  const side = Math.min(rows, g.kPerGroup) > smallTile ? largeTile : smallTile;
  const { WORKGROUP_SIZE, TILE_M } = constantsOf(side);
  const C_FOURS = g.cPerGroup % 4 === 0;
  const invocations = Math.ceil(rows / side) * Math.ceil(g.kPerGroup / side) * g.groups * WORKGROUP_SIZE;
  const mostSlices = Math.ceil((g.n * g.p * g.q) / (fewestSteps * STEP));
  const slices = slicesFor(invocations, Math.min(g.n * g.p, mostSlices), rows * g.k, traits, g.n * g.p * g.q);
  const stepsPerSlice = (Math.ceil((g.n * g.p) / slices) * g.q) / STEP;
  return backwardFilterKernel(g, {
    shader: filter,
    constants: { WORKGROUP_SIZE, TILE_M: C_FOURS ? TILE_M : 4 * TILE_M, C_FOURS },
    invocations,
    slices,
    givesDb: stepsPerSlice <= MOST_STEPS_OF_DB,
  });
}

/**
 * Workgroup tiles that cover `times` products of rows × columns. They are large if enough of them fill a GPU, and if
 * there are more columns than a small tile has.
 */
function tilesOf(rows: number, columns: number, times: number) {
  const { largeTile, smallTile, workgroupsWanted } = TILED_GEMM;
  const workgroupsOf = (side: number) => Math.ceil(rows / side) * Math.ceil(columns / side) * times;
  const side = workgroupsOf(largeTile) >= workgroupsWanted && columns > smallTile ? largeTile : smallTile;
  const constants = constantsOf(side);
  return { constants, invocations: workgroupsOf(side) * constants.WORKGROUP_SIZE };
}

/**
 * The constants of a tile of side × side outputs. An invocation computes 8 × 4 outputs of a tile of 64, 4 × 4 of a tile
 * of 32.
 */
function constantsOf(side: number) {
  return { WORKGROUP_SIZE: 2 * side, TILE_M: side / 32 };
}
