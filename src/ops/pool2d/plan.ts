import { isDilated, type WindowGeometry } from "../../geometry.js";
import { type DeviceTraits, lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";

/** How a pooling kernel cuts a pass over the outputs, or over the inputs: a pure function of the geometry and the device. */
export interface Pool2dPlan {
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params: Readonly<Record<string, number>>;
  readonly invocationsPerImage: number;
}

/** Columns of a tile. More would share loads and loops among more of them, and take as much longer to compile. */
const TILE_Q = 2;
const TILE_W = 4;
/** Taps of a row that are taken at a time, at most. */
const MOST_TAPS = 3;
/**
 * Where a strip lies costs an invocation some five integer divisions, as dear to a processor as some loads each: there its tiles are as many as
 * leave it so many invocations. A GPU wants many more of them than that, of one tile each.
 */
const INVOCATIONS_WANTED = 512;
/** A byte names a tap. */
const MOST_PACKED_TAPS = 256;

/** Tiles of neighbouring output columns. */
export function planPool2d(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  const tile = Math.min(TILE_Q, g.q);
  const taps = g.dilationWidth === 1 && g.s <= MOST_TAPS ? g.s : 1;
  const stepX = Math.min(taps, g.strideWidth);
  const lastColumn = (g.q - 1) * g.strideWidth - g.padLeft + (g.s - 1) * g.dilationWidth;
  const { constants, ...plan } = inStrips(g, traits, lanes, g.p, Math.ceil(g.q / tile));
  return {
    ...plan,
    constants: {
      ...constants,
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
  const tile = Math.min(TILE_W, columnsOfPhase);
  const tilesOfRow = Math.min(g.strideWidth, g.w) * Math.ceil(columnsOfPhase / tile);
  const { constants, ...plan } = inStrips(g, traits, lanes, g.h, tilesOfRow);
  return { ...plan, constants: { ...constants, TILE_W: tile } };
}

/** Channels whose taps one u32 holds. */
export function lanesOfTaps(g: WindowGeometry): 1 | 4 {
  return g.r * g.s <= MOST_PACKED_TAPS ? lanesFor(g.c) : 1;
}

function inStrips(g: WindowGeometry, traits: DeviceTraits, lanes: 1 | 4, rows: number, tilesOfRow: number) {
  const strips = Math.ceil((INVOCATIONS_WANTED * lanes) / (g.n * rows * g.c));
  const tilesOfStrip = traits.software ? Math.ceil(tilesOfRow / strips) : 1;
  return {
    constants: { FOURS: lanes === 4, DILATED: isDilated(g) },
    params: { tilesOfRow, tilesOfStrip },
    invocationsPerImage: (rows * Math.ceil(tilesOfRow / tilesOfStrip) * g.c) / lanes,
  };
}
