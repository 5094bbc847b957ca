import forward from "../../../../shaders/conv2d/depthwise.wgsl";
import filter from "../../../../shaders/conv2dBackwardFilter/depthwise.wgsl";
import input from "../../../../shaders/conv2dBackwardInput/depthwise.wgsl";
import { type Conv2dGeometry, isDilated } from "../../../geometry.js";
import type { DeviceTraits } from "../../../webgpu/dispatch.js";
import { type KernelPlan, type SlicedPlan, slicesFor, workgroupSize } from "../kernelPlan.js";

// There is no matrix in a depthwise convolution: each value of x meets R · S weights and no more, so that memory is the limit, and what an
// invocation saves of loads is what it gains.

/** Columns of a tile. */
const COLUMNS = { forward: 4, input: 4, filter: 4 } as const;
/** Taps taken at a time, at most: they and the columns they read stay in registers. */
const MOST_TAPS = 7;

/** Whether each group is one input channel. */
export function isDepthwise(g: Conv2dGeometry): boolean {
  return g.groups > 1 && g.cPerGroup === 1;
}

export function depthwiseConv2d(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const tileQ = Math.min(COLUMNS.forward, g.q);
  const { fours, lanes } = lanesOf(g);
  return {
    shader: forward,
    constants: { FOURS: fours, ...windowOf(g, tileQ), WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: (g.n * g.p * Math.ceil(g.q / tileQ) * g.k) / lanes,
  };
}

export function depthwiseConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits): KernelPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  const tileW = Math.min(COLUMNS.input, columnsOfPhase);
  const { fours, lanes } = lanesOf(g);
  return {
    shader: input,
    constants: { DILATED: isDilated(g), FOURS: fours, TILE_W: tileW, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations: (g.n * g.h * phases * Math.ceil(columnsOfPhase / tileW) * g.c) / lanes,
  };
}

export function depthwiseConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  const { fours, lanes } = lanesOf(g);
  const window = windowOf(g, Math.min(COLUMNS.filter, g.q));
  const invocations = (g.r * (g.s / window.TAPS_S) * g.k) / lanes;
  return {
    shader: filter,
    constants: { FOURS: fours, ...window, WORKGROUP_SIZE: workgroupSize(traits) },
    invocations,
    slices: slicesFor(invocations, g.n * g.p, g.r * g.s * g.k, traits),
  };
}

/** Four neighbouring channels are one value where each has one output. */
function lanesOf(g: Conv2dGeometry) {
  const fours = g.kPerGroup === 1 && g.c % 4 === 0;
  return { fours, lanes: fours ? 4 : 1 };
}

/** A whole row of taps at a time where they are neighbours and few, else one after the other. */
function windowOf(g: Conv2dGeometry, tileQ: number) {
  const taps = g.dilationWidth === 1 && g.s <= MOST_TAPS ? g.s : 1;
  const stepX = Math.min(taps, g.strideWidth);
  return { TILE_Q: tileQ, TAPS_S: taps, STEP_X: stepX, WINDOW: (tileQ - 1) * stepX + taps };
}
