import type { Conv2dGeometry } from "../../geometry.js";
import { type DeviceTraits, laneConstants, lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";
import {
  conv2dBackwardFilterTile,
  conv2dBackwardInputTile,
  conv2dTile,
  fewChannelsTile,
  type RegisterTile,
  runsOf,
} from "./registerTiles.js";

/** The kernel families, by the names of their shaders. */
export const CONV2D_ALGORITHMS = ["direct", "implicitGemm", "fewChannels"] as const;
export type Conv2dAlgorithm = (typeof CONV2D_ALGORITHMS)[number];

/** Which kernel computes a pass over a batch, cut how: a pure function of the geometry and the device. */
export interface Conv2dPlan<Algorithm extends Conv2dAlgorithm> {
  readonly algorithm: Algorithm;
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params?: Readonly<Record<string, number>>;
  readonly invocationsPerImage: number;
}

/** A reduction over rows, cut in slices that run side by side and are added in order by a second dispatch. */
export interface SlicedPlan<Algorithm extends Conv2dAlgorithm> {
  readonly algorithm: Algorithm;
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params?: Readonly<Record<string, number>>;
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

/** What the caller wants of a plan: a family by name, or the best that there is. */
export type AlgorithmRequest = "auto" | Conv2dAlgorithm;

/**
 * Forward. Direct: an invocation computes up to 4 columns × 8 channels, so that each 4-channel load of the filter feeds 16 multiply-adds and
 * each of the input 32. Tiles shrink with the geometry rather than compute what is not there.
 */
export function planConv2d(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): Conv2dPlan<"direct" | "implicitGemm" | "fewChannels"> {
  if (prefersRegisterTiles(traits, request)) {
    const few = g.cPerGroup % 4 !== 0 || request === "fewChannels";
    return few ? fewChannelsConv2d(g, traits) : implicitGemmConv2d(g, traits);
  }
  const kLanes = lanesFor(g.kPerGroup);
  const tileQ = largestUpTo(4, g.q);
  const tileK = largestUpTo(kLanes === 4 ? 2 : 4, g.kPerGroup / kLanes);
  const tiles = Math.ceil(g.q / tileQ) * Math.ceil(g.kPerGroup / kLanes / tileK);
  return {
    algorithm: "direct",
    constants: {
      ...channelLanes("C", g.cPerGroup),
      ...channelLanes("K", g.kPerGroup),
      TILE_Q: tileQ,
      TILE_K: tileK,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    invocationsPerImage: g.p * g.groups * tiles,
  };
}

/** What runs of x are says the shader; the tile's size, registerTiles.ts. */
function implicitGemmConv2d(g: Conv2dGeometry, traits: DeviceTraits): Conv2dPlan<"implicitGemm"> {
  const tile = conv2dTile(g, traits);
  const { constants, ...plan } = registerTiledConv2d(g, tile);
  return {
    ...plan,
    algorithm: "implicitGemm",
    constants: { ...constants, OWN_Q: Math.ceil(tile.rows / tile.sharing) },
  };
}

/** The same for input channels that 4 does not divide, and for very few of them. */
function fewChannelsConv2d(g: Conv2dGeometry, traits: DeviceTraits): Conv2dPlan<"fewChannels"> {
  const tile = fewChannelsTile(g, traits);
  const { stepE, stepX, window } = tile;
  const { constants, ...plan } = registerTiledConv2d(g, tile);
  const steps = { STEP_E: stepE, FOURS_E: Math.ceil(stepE / 4), STEP_X: stepX, WINDOW: window };
  return { ...plan, algorithm: "fewChannels", constants: { ...constants, ...steps } };
}

function registerTiledConv2d(g: Conv2dGeometry, { rows, channels, quads, sharing }: RegisterTile) {
  const tiles = Math.ceil(g.q / rows) * Math.ceil(g.kPerGroup / (channels * sharing));
  return {
    constants: {
      K_FOURS: g.kPerGroup % 4 === 0,
      QUADS: quads,
      TILE_Q: rows,
      TILE_K: channels / 4,
      WORKGROUP_SIZE: WORKGROUP_SIZE.software,
    },
    params: runsOf(g),
    invocationsPerImage: g.p * g.groups * tiles * sharing,
  };
}

/**
 * dx. Direct: up to 4 columns of one stride phase × 4 channels an invocation, over lanes of output channels; register tiles as in the forward.
 */
export function planConv2dBackwardInput(
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): Conv2dPlan<"direct" | "implicitGemm"> {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const phases = Math.min(g.strideWidth, g.w);
  if (prefersRegisterTiles(traits, request)) {
    const { rows, channels, quads, sharing } = conv2dBackwardInputTile(g, traits);
    const tiles = phases * Math.ceil(columnsOfPhase / rows) * Math.ceil(g.cPerGroup / (channels * sharing));
    return {
      algorithm: "implicitGemm",
      constants: {
        K_FOURS: g.kPerGroup % 4 === 0,
        QUADS: quads,
        TILE_W: rows,
        OWN_W: Math.ceil(rows / sharing),
        TILE_C: channels,
        WORKGROUP_SIZE: WORKGROUP_SIZE.software,
      },
      invocationsPerImage: g.h * g.groups * tiles * sharing,
    };
  }
  const tileW = largestUpTo(4, columnsOfPhase);
  const tileC = largestUpTo(4, g.cPerGroup);
  const tiles = phases * Math.ceil(columnsOfPhase / tileW) * Math.ceil(g.cPerGroup / tileC);
  return {
    algorithm: "direct",
    constants: {
      ...channelLanes("K", g.kPerGroup),
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
): SlicedPlan<"direct" | "implicitGemm"> {
  const rows = g.n * g.p;
  const elements = g.r * g.s * g.cPerGroup * g.k;
  if (prefersRegisterTiles(traits, request)) {
    const { rows: fours, channels, quads, sharing } = conv2dBackwardFilterTile(g, traits);
    const { runs, runLength } = runsOf(g);
    const tilesOfRow = runs * Math.ceil(runLength / (4 * fours)) * Math.ceil(g.kPerGroup / (channels * sharing));
    const tiles = g.r * g.groups * tilesOfRow * sharing;
    return {
      algorithm: "implicitGemm",
      constants: {
        C_FOURS: g.cPerGroup % 4 === 0,
        K_FOURS: g.kPerGroup % 4 === 0,
        QUADS: quads,
        TILE_E: fours,
        TILE_K: channels / 4,
        OWN_COLUMNS: 4 / sharing,
        WORKGROUP_SIZE: WORKGROUP_SIZE.software,
      },
      params: { runs, runLength },
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
      ...channelLanes("C", g.cPerGroup),
      ...channelLanes("K", g.kPerGroup),
      TILE_K: tileK,
      WORKGROUP_SIZE: workgroupSize(traits),
    },
    tiles,
    slices: slicesFor(tiles, rows, elements, traits),
  };
}

/** db: a lane of channels an invocation; the sum over output pixels in slices. */
export function planConv2dBackwardBias(pixels: number, k: number, traits: DeviceTraits): SlicedPlan<"direct"> {
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

/** How a direct kernel loads `channels` neighbouring values at a time: four where they divide. */
function channelLanes(letter: "C" | "K", channels: number): ShaderConstants {
  const lanes = lanesFor(channels);
  return { [`${letter}_LANES`]: lanes, [`${letter}Lane`]: lanes === 4 ? "vec4<f32>" : "f32" };
}

function workgroupSize(traits: DeviceTraits): number {
  return traits.software ? WORKGROUP_SIZE.software : WORKGROUP_SIZE.hardware;
}

/** On a GPU these tiles would spill: there they are for whoever asks for them by name. */
function prefersRegisterTiles(traits: DeviceTraits, request: AlgorithmRequest): boolean {
  return request === "implicitGemm" || request === "fewChannels" || (request === "auto" && traits.software);
}

/** The largest power of two that is at most `most` and at most `extent`. */
function largestUpTo(most: number, extent: number): number {
  let size = most;
  while (size > extent) size /= 2;
  return size;
}
