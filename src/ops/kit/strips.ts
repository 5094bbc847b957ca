import type { DeviceTraits } from "../../core/operation.js";
import { STRIP_INVOCATIONS } from "./thresholds.js";

/** Rows of tiles, cut into strips, one for each invocation; see shaders/lib/strips.wgsl. */
export interface Strips {
  readonly params: { readonly tilesOfRow: number; readonly tilesOfStrip: number };
  readonly invocationsPerRow: number;
}

/**
 * Cuts rows of tiles into strips.
 *
 * @param rows the number of all rows
 * @param lanes the lanes of a tile; each has its own invocation
 * @param walks whether a strip may have more than one tile; the kernel needs a loop for that
 */
export function inStrips(
  traits: DeviceTraits,
  rows: number,
  tilesOfRow: number,
  lanes: number,
  walks: boolean = traits.software,
): Strips {
  const strips = Math.ceil(STRIP_INVOCATIONS / (rows * lanes));
  const tilesOfStrip = walks ? Math.ceil(tilesOfRow / strips) : 1;
  return { params: { tilesOfRow, tilesOfStrip }, invocationsPerRow: Math.ceil(tilesOfRow / tilesOfStrip) * lanes };
}

/** Lanes that a copying kernel moves at a time. */
export const COPY_TILE = 4;
