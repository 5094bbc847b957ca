import { isDilated, type WindowGeometry } from "../../geometry.js";
import { type DeviceTraits, lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";
import { inStrips } from "../strips.js";

/** How a pooling kernel cuts a pass over the outputs, or over the inputs: a pure function of the geometry and the device. */
export interface Pool2dPlan {
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params: Readonly<Record<string, number>>;
  readonly invocationsPerImage: number;
}

/** Columns of a tile. More would share loads and loops among more of them, and take as much longer to compile. */
const TILES = { q: 2, w: 4 } as const;
/** The same where a processor is done before more would be compiled. */
const SMALL_TILES = { q: 1, w: 2 } as const;
const SMALL_TAPS = 5e5;
/** Taps of a row that are taken at a time, at most. */
const MOST_TAPS = 3;
/** A byte names a tap. */
const MOST_PACKED_TAPS = 256;

/** Tiles of neighbouring output columns. */
export function planPool2d(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  const tile = Math.min(tilesFor(g, traits).q, g.q);
  const taps = g.dilationWidth === 1 && g.s <= MOST_TAPS ? g.s : 1;
  const stepX = Math.min(taps, g.strideWidth);
  const lastColumn = (g.q - 1) * g.strideWidth - g.padLeft + (g.s - 1) * g.dilationWidth;
  const { params, invocationsPerRow } = inStrips(traits, g.n * g.p, Math.ceil(g.q / tile), g.c / lanes);
  return {
    params,
    invocationsPerImage: g.p * invocationsPerRow,
    constants: {
      ...shared(g, lanes),
      TILE_Q: tile,
      TAPS_S: taps,
      STEP_X: stepX,
      WINDOW: (tile - 1) * stepX + taps,
      PADDED: g.padLeft > 0 || lastColumn >= g.w,
    },
  };
}

/** Tiles of input columns that are the same modulo the stride: as many phases as there are such. */
export function planPool2dBackward(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const tile = Math.min(tilesFor(g, traits).w, columnsOfPhase);
  const tilesOfRow = Math.min(g.strideWidth, g.w) * Math.ceil(columnsOfPhase / tile);
  const { params, invocationsPerRow } = inStrips(traits, g.n * g.h, tilesOfRow, g.c / lanes);
  return { params, invocationsPerImage: g.h * invocationsPerRow, constants: { ...shared(g, lanes), TILE_W: tile } };
}

/** Channels whose taps one u32 holds. */
export function lanesOfTaps(g: WindowGeometry): 1 | 4 {
  return g.r * g.s <= MOST_PACKED_TAPS ? lanesFor(g.c) : 1;
}

function tilesFor(g: WindowGeometry, traits: DeviceTraits): typeof TILES | typeof SMALL_TILES {
  return traits.software && g.n * g.p * g.q * g.c * g.r * g.s <= SMALL_TAPS ? SMALL_TILES : TILES;
}

function shared(g: WindowGeometry, lanes: 1 | 4): ShaderConstants {
  return { FOURS: lanes === 4, DILATED: isDilated(g) };
}
