import forward from "../../../../shaders/conv2d/direct.wgsl";
import filter from "../../../../shaders/conv2dBackwardFilter/direct.wgsl";
import input from "../../../../shaders/conv2dBackwardInput/direct.wgsl";
import { type Conv2dGeometry, conv2dFlops, isDilated } from "../../../geometry.js";
import { type DeviceTraits, lanesFor } from "../../../webgpu/dispatch.js";
import { isSoonDone, type KernelPlan, largestUpTo, type SlicedPlan, slicesFor, workgroupSize } from "../kernelPlan.js";

// The general kernels. Tiles shrink with the geometry rather than compute what is not there.

const FEW_FLOPS = 1e5;

/** Up to 4 columns × 8 channels an invocation: each 4-channel load of the filter feeds 16 multiply-adds, each of the input 32. */
export function directConv2d(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const kLanes = lanesFor(g.kPerGroup);
  const tileQ = largestUpTo(isSoonDone("conv2d", g, traits) ? 2 : 4, g.q);
  const tileK = largestUpTo(kLanes === 4 ? 2 : 4, g.kPerGroup / kLanes);
  const tiles = Math.ceil(g.q / tileQ) * Math.ceil(g.kPerGroup / kLanes / tileK);
  return {
    shader: forward,
    constants: { ...lanes(g), TILE_Q: tileQ, TILE_K: tileK, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: g.n * g.p * g.groups * tiles,
  };
}

/** Up to 4 columns of one stride phase × 4 channels an invocation, over lanes of output channels. */
export function directConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const most = isSoonDone("conv2dBackwardInput", g, traits) ? 1 : 4;
  const tileW = largestUpTo(most, columnsOfPhase);
  const tileC = largestUpTo(most, g.cPerGroup);
  const tiles = phases * Math.ceil(columnsOfPhase / tileW) * Math.ceil(g.cPerGroup / tileC);
  return {
    shader: input,
    constants: {
      DILATED: isDilated(g),
      K_FOURS: g.kPerGroup % 4 === 0,
      TILE_W: tileW,
      TILE_C: tileC,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    invocations: g.n * g.h * g.groups * tiles,
  };
}

/** Up to 4 × 8 channels of one tap an invocation; 4 × 4 where that is soon done, in one slice, since adding slices is a second kernel to compile. */
export function directConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  const soonDone = isSoonDone("conv2dBackwardFilter", g, traits);
  const fours = lanes(g);
  // Where next to nothing is to be done, vectors take longer to compile than they save.
  const atOnce = soonDone && conv2dFlops(g) <= FEW_FLOPS;
  const C_FOURS = fours.C_FOURS && !atOnce;
  const kLanes = lanesFor(g.kPerGroup);
  const mostK = kLanes === 4 ? (soonDone ? 1 : 2) : atOnce ? 1 : 4;
  const tileK = largestUpTo(mostK, g.kPerGroup / kLanes);
  const invocations = (g.r * g.s * g.c * Math.ceil(g.kPerGroup / kLanes / tileK)) / (C_FOURS ? 4 : 1);
  return {
    shader: filter,
    constants: { ...fours, C_FOURS, TILE_K: tileK, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations,
    slices: soonDone ? 1 : slicesFor(invocations, g.n * g.p, g.r * g.s * g.cPerGroup * g.k, traits),
  };
}

/** Which channels are loaded in fours. */
function lanes(g: Conv2dGeometry) {
  return { C_FOURS: g.cPerGroup % 4 === 0, K_FOURS: g.kPerGroup % 4 === 0 };
}
