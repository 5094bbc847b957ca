import forward from "../../../../shaders/conv/conv2d/tiledGemm.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/tiledGemm.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/tiledGemm.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { type Conv2dPass, type KernelPlan, type SlicedPlan, slicesFor } from "../kernelPlan.js";

// Matrix products over tiles in workgroup memory: what a GPU wants; docs/performance.md derives the sizes.

/** A GPU's cores want several workgroups each. */
const WORKGROUPS_WANTED = 256;
/** Rows and columns of a workgroup's block: small where there are too few of the large ones to fill a GPU. */
const LARGE = 64;
const SMALL = 32;
/** An invocation has 8 × 4 of a large block, 4 × 4 of a small one. */
const tile = (side: number) => ({ WORKGROUP_SIZE: 2 * side, TILE_M: side / 32 });

/** Terms of a sum that are brought at a time. */
const STEP = 16;
/** Of a slice: fewer would cost more in partial sums than they gain. */
const FEWEST_STEPS = 8;

/** Whether a kernel can load and store the columns of its product by fours. */
export function fitsTiledGemm(pass: Conv2dPass, g: Conv2dGeometry): boolean {
  return (pass === "conv2dBackwardInput" ? g.cPerGroup : g.kPerGroup) % 4 === 0;
}

/** Whether a tile is filled well enough to be worth its barriers; as measured on a card (docs/performance.md). */
export const fillsTiledGemm: Readonly<Record<Conv2dPass, (g: Conv2dGeometry) => boolean>> = {
  conv2d: (g) => g.kPerGroup >= 32 && g.r * g.s * g.cPerGroup >= (g.cPerGroup % 4 === 0 ? 24 : 64),
  conv2dBackwardInput: (g) => Math.min(g.cPerGroup, g.kPerGroup) >= 16,
  conv2dBackwardFilter: (g) => Math.min(g.r * g.s * g.cPerGroup, g.kPerGroup) >= 16,
};

/** Pixels by output channels. */
export function tiledGemmConv2d(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const { constants, invocations } = blocksOf(g.n * g.p * g.q, g.kPerGroup, g.groups);
  // Few pixels and a long sum leave most of a GPU idle: slices of the sum, each of some steps, fill it.
  const steps = Math.ceil((g.r * g.s * g.cPerGroup) / STEP);
  const wanted = slicesFor(invocations, Math.ceil(steps / FEWEST_STEPS), g.n * g.p * g.q * g.k, traits);
  const stepsPerSlice = Math.ceil(steps / wanted);
  const slices = Math.ceil(steps / stepsPerSlice);
  return {
    shader: forward,
    constants: { ...constants, C_FOURS: g.cPerGroup % 4 === 0, SLICED: slices > 1 },
    params: { stepsPerSlice },
    invocations: slices * invocations,
    slices,
  };
}

/** Pixels of one stride phase by input channels. */
export function tiledGemmConv2dBackwardInput(g: Conv2dGeometry): KernelPlan {
  const phases = Math.min(g.strideHeight, g.h) * Math.min(g.strideWidth, g.w);
  const pixels = g.n * Math.ceil(g.h / g.strideHeight) * Math.ceil(g.w / g.strideWidth);
  const { constants, invocations } = blocksOf(pixels, g.cPerGroup, g.groups * phases);
  return {
    shader: input,
    constants: { ...constants, DILATED: isDilated(g), K_FOURS: g.kPerGroup % 4 === 0 },
    invocations,
    turned: true,
  };
}

/** Taps and input channels by output channels, over a slice of the output rows. */
export function tiledGemmConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  const rows = g.r * g.s * g.cPerGroup;
  // Slices make workgroups as many as are wanted, so that only what is idle of a block counts.
  const side = Math.min(rows, g.kPerGroup) > SMALL ? LARGE : SMALL;
  const { WORKGROUP_SIZE, TILE_M } = tile(side);
  const cFours = g.cPerGroup % 4 === 0;
  const invocations = Math.ceil(rows / side) * Math.ceil(g.kPerGroup / side) * g.groups * WORKGROUP_SIZE;
  const slices = Math.ceil((g.n * g.p * g.q) / (FEWEST_STEPS * STEP));
  return {
    shader: filter,
    constants: { WORKGROUP_SIZE, TILE_M: cFours ? TILE_M : 4 * TILE_M, C_FOURS: cFours },
    invocations,
    slices: slicesFor(invocations, Math.min(g.n * g.p, slices), rows * g.k, traits),
    givesDb: true,
  };
}

/** Blocks of rows × columns: large ones where they are enough, and no more idle than small ones. */
function blocksOf(rows: number, columns: number, times: number) {
  const workgroupsOf = (side: number) => Math.ceil(rows / side) * Math.ceil(columns / side) * times;
  const side = workgroupsOf(LARGE) >= WORKGROUPS_WANTED && columns > SMALL ? LARGE : SMALL;
  const constants = tile(side);
  return { constants, invocations: workgroupsOf(side) * constants.WORKGROUP_SIZE };
}
