import forward from "../../../../shaders/conv/conv2d/direct.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/direct.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/direct.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { lanesFor } from "../../kit/lanes.js";
import { evenTile, isSoonDone, type KernelPlan, type SlicedPlan, slicesFor, workgroupSize } from "../kernelPlan.js";

// The general kernels. Tiles shrink with the geometry rather than compute what is not there.

/** Of dw, in a tile of rows loaded one by one. */
const MOST_ROWS = 8;
const MOST_SUMS = 64;
/** Up to so many operations one row is soonest done, and then two. */
const MOST_FLOPS_OF_ROW = 2e6;
/** To add slices is a second kernel to compile. */
const MOST_FLOPS_OF_SLICE = 4e6;

/** Up to 4 columns × 8 channels an invocation: each 4-channel load of the filter feeds 16 multiply-adds, each of the input 32. */
export function directConv2d(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const kLanes = lanesFor(g.kPerGroup);
  const tileQ = evenTile(g.q, isSoonDone(g, traits) ? 2 : 4);
  const tileK = evenTile(g.kPerGroup / kLanes, kLanes === 4 ? 2 : 4);
  const tiles = Math.ceil(g.q / tileQ) * Math.ceil(g.kPerGroup / kLanes / tileK);
  return {
    shader: forward,
    constants: { ...lanes(g), TILE_Q: tileQ, TILE_K: tileK, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: g.n * g.p * g.groups * tiles,
  };
}

/**
 * Up to 4 columns of one stride phase, on a GPU 2, × 4 channels an invocation, over lanes of output channels; one channel in a quad, which shares the
 * loads of dy.
 * What is soon done takes one value, unless quads can share and loads are many (output channels one by one) or input channels come in fours.
 */
export function directConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const K_FOURS = g.kPerGroup % 4 === 0;
  const shares = traits.software && traits.subgroups && g.cPerGroup > 2;
  const SINGLE = isSoonDone(g, traits) && (!shares || (K_FOURS && g.cPerGroup % 4 > 0));
  const sharing = shares && !SINGLE ? 4 : 1;
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const TILE_W = evenTile(columnsOfPhase, SINGLE ? 1 : traits.software ? 4 : 2);
  const TILE_C = evenTile(g.cPerGroup, SINGLE || sharing === 4 ? 1 : 4);
  const tiles = phases * Math.ceil(columnsOfPhase / TILE_W) * Math.ceil(g.cPerGroup / (TILE_C * sharing)) * sharing;
  return {
    shader: input,
    constants: {
      DILATED: isDilated(g),
      K_FOURS,
      QUADS: sharing > 1,
      SINGLE,
      TILE_W,
      TILE_C,
      OWN_W: Math.ceil(TILE_W / sharing),
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    invocations: g.n * g.h * g.groups * tiles,
  };
}

/**
 * Up to 4 × 16 values of the filter an invocation, or as many of neighbouring rows (the input channels of a tap) where these are loaded one by one;
 * those of a quad take other rows, and share the loads of dy. What is soon done has smaller tiles, which compile faster, down to one lane of four,
 * and one slice, since adding slices is a second kernel.
 */
export function directConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  const soonDone = isSoonDone(g, traits, MOST_FLOPS_OF_SLICE);
  const { C_FOURS: cInFours, K_FOURS: kInFours } = lanes(g);
  const C_FOURS = cInFours && !soonDone;
  const SINGLE = kInFours && isSoonDone(g, traits);
  const shares = traits.software && traits.subgroups && g.kPerGroup > 1 && !SINGLE;
  const sharing = shares ? 4 : 1;
  // Of fewer than sixteen channels, fours would leave lanes of a quad without one to load.
  const K_FOURS = kInFours && !(shares && g.kPerGroup < 16);
  const kLanes = K_FOURS ? 4 : 1;
  const kGroup = g.kPerGroup / kLanes;
  const TILE_K = SINGLE ? 1 : evenTile(kGroup, shares ? (K_FOURS ? 4 : 12) : K_FOURS ? 2 : 4);
  const rows = Math.ceil((g.r * g.s * g.cPerGroup) / ((C_FOURS ? 4 : 1) * sharing));
  const sums = TILE_K * kLanes;
  const mostRows = C_FOURS || !traits.software ? 1 : soonDone ? 2 : Math.min(MOST_ROWS, Math.floor(MOST_SUMS / sums));
  const TILE_R = sums > 1 && isSoonDone(g, traits, MOST_FLOPS_OF_ROW) ? 1 : evenTile(rows, mostRows);
  const invocations = Math.ceil(rows / TILE_R) * sharing * g.groups * Math.ceil(kGroup / TILE_K);
  const slices = soonDone ? 1 : slicesFor(invocations, g.n * g.p, g.r * g.s * g.cPerGroup * g.k, traits);
  return {
    shader: filter,
    constants: {
      C_FOURS,
      K_FOURS,
      QUADS: shares,
      SINGLE,
      GROUPED: g.groups > 1,
      TILE_R,
      TILE_K,
      OWN_K: Math.ceil(TILE_K / sharing),
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    invocations,
    slices,
  };
}

/** Which channels are loaded in fours. */
function lanes(g: Conv2dGeometry) {
  return { C_FOURS: g.cPerGroup % 4 === 0, K_FOURS: g.kPerGroup % 4 === 0 };
}
