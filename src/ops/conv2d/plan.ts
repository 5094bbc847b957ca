import type { Conv2dGeometry } from "../../geometry.js";
import { type DeviceTraits, laneConstants, lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";

/** The kernel families, by the names of their shaders. */
export const CONV2D_ALGORITHMS = ["direct"] as const;
export type Conv2dAlgorithm = (typeof CONV2D_ALGORITHMS)[number];

/** Which kernel computes a pass over a batch, cut how: a pure function of the geometry and the device. */
export interface Conv2dPlan {
  readonly algorithm: Conv2dAlgorithm;
  readonly constants: ShaderConstants;
  readonly invocationsPerImage: number;
}

/** A reduction over rows, cut in slices that run side by side and are added in order by a second dispatch. */
export interface SlicedPlan {
  readonly algorithm: Conv2dAlgorithm;
  readonly constants: ShaderConstants;
  /** Invocations that one slice takes. */
  readonly tiles: number;
  readonly slices: number;
}

// A GPU wants many invocations in flight: some ten thousand hide its latencies. A software adapter has as many lanes as cores times
// vector width, and finishes sooner when the last workgroup is small.
const INVOCATIONS_WANTED = { software: 256, hardware: 16_384 } as const;
const WORKGROUP_SIZE = { software: 16, hardware: 64 } as const;
/** A workspace larger than this costs more traffic than its slices gain. */
const MOST_WORKSPACE_BYTES = 32 * 2 ** 20;

/**
 * Forward: an invocation computes up to 4 columns × 8 channels, so that each 4-channel load of the filter feeds 16 multiply-adds and each
 * of the input 32. Tiles shrink with the geometry rather than compute what is not there.
 */
export function planConv2d(g: Conv2dGeometry, traits: DeviceTraits): Conv2dPlan {
  const kLanes = lanesFor(g.kPerGroup);
  const tileQ = largestUpTo(4, g.q);
  const tileK = largestUpTo(kLanes === 4 ? 2 : 4, g.kPerGroup / kLanes);
  const tiles = Math.ceil(g.q / tileQ) * Math.ceil(g.kPerGroup / kLanes / tileK);
  return {
    algorithm: "direct",
    constants: {
      ...channelLanes("C", lanesFor(g.cPerGroup)),
      ...channelLanes("K", kLanes),
      TILE_Q: tileQ,
      TILE_K: tileK,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    invocationsPerImage: g.p * g.groups * tiles,
  };
}

/** dx: up to 4 columns of one stride phase × 4 channels an invocation, over lanes of output channels. */
export function planConv2dBackwardInput(g: Conv2dGeometry, traits: DeviceTraits): Conv2dPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const tileW = largestUpTo(4, columnsOfPhase);
  const tileC = largestUpTo(4, g.cPerGroup);
  const phases = Math.min(g.strideWidth, g.w);
  const tiles = phases * Math.ceil(columnsOfPhase / tileW) * Math.ceil(g.cPerGroup / tileC);
  return {
    algorithm: "direct",
    constants: {
      ...channelLanes("K", lanesFor(g.kPerGroup)),
      TILE_W: tileW,
      TILE_C: tileC,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    invocationsPerImage: g.h * g.groups * tiles,
  };
}

/** dw: up to 4 × 8 channels of one tap an invocation; the sum over output rows in as many slices as fill the device. */
export function planConv2dBackwardFilter(g: Conv2dGeometry, traits: DeviceTraits): SlicedPlan {
  const cLanes = lanesFor(g.cPerGroup);
  const kLanes = lanesFor(g.kPerGroup);
  const tileK = largestUpTo(kLanes === 4 ? 2 : 4, g.kPerGroup / kLanes);
  const tiles = (g.r * g.s * g.c * Math.ceil(g.kPerGroup / kLanes / tileK)) / cLanes;
  return {
    algorithm: "direct",
    constants: {
      ...channelLanes("C", cLanes),
      ...channelLanes("K", kLanes),
      TILE_K: tileK,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    tiles,
    slices: slicesFor(tiles, g.n * g.p, g.r * g.s * g.cPerGroup * g.k, traits),
  };
}

/** db: a lane of channels an invocation; the sum over output pixels in slices. */
export function planConv2dBackwardBias(pixels: number, k: number, traits: DeviceTraits): SlicedPlan {
  const lanes = lanesFor(k);
  return {
    algorithm: "direct",
    constants: { ...laneConstants(lanes), WORKGROUP_SIZE: workgroupSize(traits) },
    tiles: k / lanes,
    slices: slicesFor(k / lanes, pixels, k, traits),
  };
}

/**
 * @param tiles invocations that one slice takes
 * @param rows what there is to cut
 * @param elements size of one slice's partial sum
 */
function slicesFor(tiles: number, rows: number, elements: number, traits: DeviceTraits): number {
  const wanted = Math.ceil((traits.software ? INVOCATIONS_WANTED.software : INVOCATIONS_WANTED.hardware) / tiles);
  const affordable = Math.floor(Math.min(MOST_WORKSPACE_BYTES, traits.maxBindingBytes) / (4 * elements));
  return Math.max(1, Math.min(wanted, affordable, rows));
}

/** The constants of a kernel that loads `lanes` neighbouring input (C) or output (K) channels as one value. */
function channelLanes(channels: "C" | "K", lanes: 1 | 4): ShaderConstants {
  return { [`${channels}_LANES`]: lanes, [`${channels}Lane`]: lanes === 4 ? "vec4<f32>" : "f32" };
}

function workgroupSize(traits: DeviceTraits): number {
  return traits.software ? WORKGROUP_SIZE.software : WORKGROUP_SIZE.hardware;
}

/** The largest power of two that is at most `most` and at most `extent`. */
function largestUpTo(most: number, extent: number): number {
  let size = most;
  while (size > extent) size /= 2;
  return size;
}
