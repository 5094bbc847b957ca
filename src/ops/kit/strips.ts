import type { DeviceTraits } from "../../core/operation.js";
import { STRIP_INVOCATIONS } from "./thresholds.js";

/** How rows of tiles are cut into strips, one for each invocation; see shaders/lib/strips.wgsl. */
export interface Strips {
  readonly params: { readonly tilesOfRow: number; readonly tilesOfStrip: number };
  readonly invocationsPerRow: number;
}

/**
 * @param rows all that there are
 * @param lanes values of a tile, each of which has its own invocation
 * @param walks whether a strip may have more than one tile, for which a kernel has a loop
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
