import forward from "../../../../shaders/conv/conv2d/direct.wgsl";
import filter from "../../../../shaders/conv/conv2dBackwardFilter/direct.wgsl";
import input from "../../../../shaders/conv/conv2dBackwardInput/direct.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../core/geometry.js";
import type { DeviceTraits } from "../../../core/operation.js";
import { lanesFor } from "../../kit/lanes.js";
import { isLongSum, slicesFor } from "../../kit/slices.js";
import { evenTile, workgroupSize } from "../../kit/tiles.js";
import { boundOfProducts, type Family } from "../family.js";
import { backwardFilterKernel, backwardInputKernel, forwardKernel } from "../singleKernel.js";
import { isSmall } from "../smallWork.js";
import { DIRECT } from "../thresholds.js";

/**
 * The general kernels. They compute every geometry. No tile is larger than the output.
 */
export const direct: Family<"direct"> = {
  name: "direct",
  automatic: "everywhere",
  masksRelu: true,
  joinsPixels: true,
  fits: () => true,
  suits: () => true,
  bound: boundOfProducts,
  passes: {
    conv2d: planConv2d,
    conv2dBackwardInput: planConv2dBackwardInput,
    conv2dBackwardFilter: planConv2dBackwardFilter,
  },
};

/**
 * An invocation computes up to 4 columns × 8 channels. Each load of 4 filter channels is used in 16 multiply-adds, each
 * load of the input in 32.
 */
function planConv2d(g: Conv2dGeometry, traits: DeviceTraits) {
  const kLanes = lanesFor(g.kPerGroup);
  const tileQ = evenTile(g.q, isSmall(g, traits) ? 2 : 4);
  const tileK = evenTile(g.kPerGroup / kLanes, kLanes === 4 ? 2 : 4);
  const tiles = Math.ceil(g.q / tileQ) * Math.ceil(g.kPerGroup / kLanes / tileK);
  return forwardKernel(g, {
    shader: forward,
    constants: { ...lanes(g), TILE_Q: tileQ, TILE_K: tileK, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: g.n * g.p * g.groups * tiles,
  });
}

/**
 * An invocation takes up to 4 columns of one stride phase (2 on a GPU) × 4 channels, over lanes of output channels. In
 * a quad, each invocation takes one channel, and the quad shares the loads of dy.
 *
 * For small work, an invocation computes one value. Quads still share loads if this saves many loads: if output
 * channels are loaded one by one, or input channels in fours.
 */
function planConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits) {
  const K_FOURS = g.kPerGroup % 4 === 0;
  const shares = traits.software && traits.quads && g.cPerGroup > 2;
  const SINGLE = isSmall(g, traits) && (!shares || (K_FOURS && g.cPerGroup % 4 > 0));
  const sharing = shares && !SINGLE ? 4 : 1;
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const TILE_W = evenTile(columnsOfPhase, SINGLE ? 1 : traits.software ? 4 : 2);
  const TILE_C = evenTile(g.cPerGroup, SINGLE || sharing === 4 ? 1 : 4);
  const tiles = phases * Math.ceil(columnsOfPhase / TILE_W) * Math.ceil(g.cPerGroup / (TILE_C * sharing)) * sharing;
  return backwardInputKernel(g, {
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
  });
}

/**
 * An invocation takes up to 4 × 16 values of the filter. A row is an input channel of a tap. If rows are loaded one by
 * one, an invocation takes the same number of values from neighbouring rows. The invocations of a quad take different
 * rows and share the loads of dy.
 *
 * Small work has smaller tiles, which compile faster, down to one lane of four. It has one slice, because several
 * slices need a second kernel.
 */
function planConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits) {
  const terms = g.n * g.p * g.q;
  const oneSlice = isSmall(g, traits, DIRECT.mostFlopsOfOneSlice);
  const { C_FOURS: cInFours, K_FOURS: kInFours } = lanes(g);
  const C_FOURS = cInFours && !oneSlice;
  const SINGLE = kInFours && isSmall(g, traits);
  const shares = traits.software && traits.quads && g.kPerGroup > 1 && !SINGLE;
  const sharing = shares ? 4 : 1;
  const K_FOURS = kInFours && !(shares && g.kPerGroup < DIRECT.fewestChannelsInFours);
  const kLanes = K_FOURS ? 4 : 1;
  const kGroup = g.kPerGroup / kLanes;
  const TILE_K = SINGLE ? 1 : evenTile(kGroup, shares ? (K_FOURS ? 4 : 12) : K_FOURS ? 2 : 4);
  const rows = Math.ceil((g.r * g.s * g.cPerGroup) / ((C_FOURS ? 4 : 1) * sharing));
  const sums = TILE_K * kLanes;
  const oneByOne = oneSlice ? 2 : Math.min(DIRECT.mostRows, Math.floor(DIRECT.mostSums / sums));
  const mostRows = C_FOURS || !traits.software ? 1 : oneByOne;
  const TILE_R = sums > 1 && isSmall(g, traits, DIRECT.mostFlopsOfOneRow) ? 1 : evenTile(rows, mostRows);
  const invocations = Math.ceil(rows / TILE_R) * sharing * g.groups * Math.ceil(kGroup / TILE_K);
  return backwardFilterKernel(g, {
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
    slices:
      oneSlice && !isLongSum(terms)
        ? 1
        : slicesFor(invocations, g.n * g.p, g.r * g.s * g.cPerGroup * g.k, traits, terms),
  });
}

/** Which channels are loaded in fours. */
function lanes(g: Conv2dGeometry) {
  return { C_FOURS: g.cPerGroup % 4 === 0, K_FOURS: g.kPerGroup % 4 === 0 };
}
