import forward from "../../../../shaders/conv2d/tiledGemm.wgsl";
import filter from "../../../../shaders/conv2dBackwardFilter/tiledGemm.wgsl";
import input from "../../../../shaders/conv2dBackwardInput/tiledGemm.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../geometry.js";
import type { DeviceTraits } from "../../../webgpu/dispatch.js";
import { type KernelPlan, type SlicedPlan, slicesFor } from "../kernelPlan.js";

// Matrix products over tiles in workgroup memory: what a GPU wants; docs/performance.md derives the sizes.

const WORKGROUP_SIZE = 64;
/** A GPU's cores want several workgroups each. */
const WORKGROUPS_WANTED = 256;
/** An invocation's share of a block of 64 × 64, or of 32 × 32 where there are too few of the larger ones to fill a GPU. */
const SIDES = { large: 8, small: 4 } as const;

const CHANNELS_OF_STEP = 16;
/** Of a slice: fewer would cost more in partial sums than they gain. */
const FEWEST_STEPS = 8;

/** Whether the kernels can load by fours. */
export function fitsTiledGemm(g: Conv2dGeometry): boolean {
  return g.cPerGroup % 4 === 0 && g.kPerGroup % 4 === 0;
}

/** Pixels by output channels. */
export function tiledGemmConv2d(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const { side, workgroups } = blocksOf(g.n * g.p * g.q, g.kPerGroup, g.groups);
  // Few pixels and a long sum leave most of a GPU idle: slices of the sum, each of some steps, fill it.
  const steps = g.r * g.s * Math.ceil(g.cPerGroup / CHANNELS_OF_STEP);
  const invocations = workgroups * WORKGROUP_SIZE;
  const wanted = slicesFor(invocations, Math.ceil(steps / FEWEST_STEPS), g.n * g.p * g.q * g.k, traits);
  const stepsPerSlice = Math.ceil(steps / wanted);
  const slices = Math.ceil(steps / stepsPerSlice);
  return {
    shader: forward,
    constants: {
      WORKGROUP_SIZE,
      TILE_M: side,
      TILE_N: side / 4,
      LOADS_M: side / 2,
      LOADS_N: side / 2,
      SLICED: slices > 1,
    },
    params: { stepsPerSlice },
    invocations: slices * invocations,
    slices,
  };
}

/** Pixels of one stride phase by input channels. */
export function tiledGemmConv2dBackwardInput(g: Conv2dGeometry): KernelPlan {
  const phases = Math.min(g.strideHeight, g.h) * Math.min(g.strideWidth, g.w);
  const pixels = g.n * Math.ceil(g.h / g.strideHeight) * Math.ceil(g.w / g.strideWidth);
  const { side, workgroups } = blocksOf(pixels, g.cPerGroup, g.groups * phases);
  return {
    shader: input,
    constants: {
      WORKGROUP_SIZE,
      DILATED: isDilated(g),
      K_FOURS: g.kPerGroup % 4 === 0,
      TILE_M: side,
      TILE_N: side,
      LOADS_M: side / 2,
      LOADS_N: side / 2,
    },
    invocations: workgroups * WORKGROUP_SIZE,
  };
}

/** Input channels by output channels of one tap, over a slice of the output rows. */
export function tiledGemmConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  // Slices make workgroups as many as are wanted, so that only what is idle of a block counts.
  const side = Math.min(g.cPerGroup, g.kPerGroup) > 8 * SIDES.small ? SIDES.large : SIDES.small;
  const blocks = Math.ceil(g.cPerGroup / (8 * side)) * Math.ceil(g.kPerGroup / (8 * side));
  const invocations = g.r * g.s * g.groups * blocks * WORKGROUP_SIZE;
  return {
    shader: filter,
    constants: { WORKGROUP_SIZE, TILE_M: side / 4, TILE_N: side / 4, LOADS_M: side / 2, LOADS_N: side / 2 },
    invocations,
    slices: slicesFor(invocations, g.n * g.p, g.r * g.s * g.cPerGroup * g.k, traits),
  };
}

/** Blocks of rows × columns: large ones where they are enough, or no more idle than small ones. */
function blocksOf(rows: number, columns: number, times: number) {
  const workgroupsOf = (side: number) => Math.ceil(rows / (8 * side)) * Math.ceil(columns / (8 * side)) * times;
  const large = workgroupsOf(SIDES.large);
  const side = large >= WORKGROUPS_WANTED && columns > 8 * SIDES.small ? SIDES.large : SIDES.small;
  return { side, workgroups: workgroupsOf(side) };
}
