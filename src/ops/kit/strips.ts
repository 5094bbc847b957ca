import type { DeviceTraits } from "../../core/operation.js";

/** How rows of tiles are cut into strips, one for an invocation; see shaders/lib/strips.wgsl. */
export interface Strips {
  readonly params: { readonly tilesOfRow: number; readonly tilesOfStrip: number };
  readonly invocationsPerRow: number;
}

/**
 * Where a strip lies costs an invocation some five integer divisions, as dear to a processor as a load each: there its tiles are as many as
 * leave it so many invocations. A GPU wants many more of them than that, of one tile each.
 */
const INVOCATIONS_WANTED = 512;

/**
 * @param rows all that there are
 * @param lanes values of a tile that an invocation each handles
 * @param walks whether a strip may have more than one tile, for which a kernel has a loop
 */
export function inStrips(
  traits: DeviceTraits,
  rows: number,
  tilesOfRow: number,
  lanes: number,
  walks: boolean = traits.software,
): Strips {
  const strips = Math.ceil(INVOCATIONS_WANTED / (rows * lanes));
  const tilesOfStrip = walks ? Math.ceil(tilesOfRow / strips) : 1;
  return { params: { tilesOfRow, tilesOfStrip }, invocationsPerRow: Math.ceil(tilesOfRow / tilesOfStrip) * lanes };
}

/** Lanes that a copying kernel moves at a time. */
export const COPY_TILE = 4;
