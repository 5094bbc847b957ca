import type { Conv2dGeometry } from "../../geometry.js";
import { type DeviceTraits, laneConstants, lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";

/** The kernel families, by the names of their shaders. */
export const CONV2D_ALGORITHMS = ["direct", "implicitGemm"] as const;
export type Conv2dAlgorithm = (typeof CONV2D_ALGORITHMS)[number];

/** Which kernel computes a pass over a batch, cut how: a pure function of the geometry and the device. */
export interface Conv2dPlan {
  readonly algorithm: Conv2dAlgorithm;
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params?: Readonly<Record<string, number>>;
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
/** Of a register tile: with 16 channels, what compiles in under half a second. */
const MOST_COLUMNS = 14;
/** A workspace larger than this costs more traffic than its slices gain. */
const MOST_WORKSPACE_BYTES = 32 * 2 ** 20;

/** What the caller wants of a plan: a family by name, or the best that there is. */
export type AlgorithmRequest = "auto" | Conv2dAlgorithm;

/**
 * Forward. Direct: an invocation computes up to 4 columns × 8 channels, so that each 4-channel load of the filter feeds 16 multiply-adds and
 * each of the input 32. Tiles shrink with the geometry rather than compute what is not there.
 */
export function planConv2d(g: Conv2dGeometry, traits: DeviceTraits, request: AlgorithmRequest = "auto"): Conv2dPlan {
  if (g.kPerGroup % 4 === 0 && prefersRegisterTiles(traits, request)) return registerTiledConv2d(g);
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

/**
 * Up to 14 columns × 16 channels an invocation: 30 loads of 4 channels for 224 multiply-adds of as many, where a load costs a software adapter
 * as much as some four multiply-adds. What a run of x is says the shader.
 */
function registerTiledConv2d(g: Conv2dGeometry): Conv2dPlan {
  const tileQ = tileOf(g.q, MOST_COLUMNS);
  const tileK = largestUpTo(4, g.kPerGroup / 4);
  const merged = g.groups === 1 && (g.dilationWidth === 1 || g.s === 1);
  return {
    algorithm: "implicitGemm",
    constants: {
      ...channelLanes("C", lanesFor(g.cPerGroup)),
      TILE_Q: tileQ,
      TILE_K: tileK,
      WORKGROUP_SIZE: WORKGROUP_SIZE.software,
    },
    params: merged ? { runs: 1, runLength: g.s * g.cPerGroup } : { runs: g.s, runLength: g.cPerGroup },
    invocationsPerImage: g.p * g.groups * Math.ceil(g.q / tileQ) * Math.ceil(g.kPerGroup / 4 / tileK),
  };
}

/**
 * dx. Direct: up to 4 columns of one stride phase × 4 channels an invocation, over lanes of output channels; register tiles as in the forward.
 */
export function planConv2dBackwardInput(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): Conv2dPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  if (g.kPerGroup % 4 === 0 && g.cPerGroup % 4 === 0 && prefersRegisterTiles(traits, request)) {
    const tileW = tileOf(columnsOfPhase, MOST_COLUMNS);
    const tileC = largestUpTo(4, g.cPerGroup / 4);
    return {
      algorithm: "implicitGemm",
      constants: { TILE_W: tileW, TILE_C: tileC, WORKGROUP_SIZE: WORKGROUP_SIZE.software },
      invocationsPerImage:
        g.h * g.groups * phases * Math.ceil(columnsOfPhase / tileW) * Math.ceil(g.cPerGroup / 4 / tileC),
    };
  }
  const tileW = largestUpTo(4, columnsOfPhase);
  const tileC = largestUpTo(4, g.cPerGroup);
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

/**
 * dw. Direct: up to 4 × 8 channels of one tap an invocation; register tiles: 16 × 16. The sum over output rows is cut in as many slices as
 * fill the device.
 */
export function planConv2dBackwardFilter(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): SlicedPlan {
  const rows = g.n * g.p;
  const elements = g.r * g.s * g.cPerGroup * g.k;
  if (g.kPerGroup % 4 === 0 && g.cPerGroup % 4 === 0 && prefersRegisterTiles(traits, request)) {
    const tileC = largestUpTo(4, g.cPerGroup / 4);
    const tileK = largestUpTo(4, g.kPerGroup / 4);
    const tiles = g.r * g.s * g.groups * Math.ceil(g.cPerGroup / 4 / tileC) * Math.ceil(g.kPerGroup / 4 / tileK);
    return {
      algorithm: "implicitGemm",
      constants: { TILE_C: tileC, TILE_K: tileK, WORKGROUP_SIZE: WORKGROUP_SIZE.software },
      tiles,
      slices: slicesFor(tiles, rows, elements, traits),
    };
  }
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
    slices: slicesFor(tiles, rows, elements, traits),
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

/** On a GPU these tiles would spill: there they are for whoever asks for them by name. */
function prefersRegisterTiles(traits: DeviceTraits, request: AlgorithmRequest): boolean {
  return request === "implicitGemm" || (request === "auto" && traits.software);
}

/** The columns of a register tile: as many as `most`, fewer where that leaves less of the last tile idle. */
function tileOf(extent: number, most: number): number {
  return Math.ceil(extent / Math.ceil(extent / most));
}

/** The largest power of two that is at most `most` and at most `extent`. */
function largestUpTo(most: number, extent: number): number {
  let size = most;
  while (size > extent) size /= 2;
  return size;
}
