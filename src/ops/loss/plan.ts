import type { DeviceTraits } from "../../core/operation.js";

/** Software: the dispatch that adds slices costs as much as so many elements. */
const SOON_DONE_ELEMENTS = 1024;
/** One invocation adds so many slices in the time of a dispatch. */
const MOST_SLICES = { software: 256, gpu: 1024 } as const;

/**
 * How many slices the sum of a loss has. Each slice has one invocation.
 *
 * @param rows the rows that are cut into slices
 */
export function slicesOfLoss(rows: number, elements: number, traits: DeviceTraits): number {
  if (traits.software && elements <= SOON_DONE_ELEMENTS) return 1;
  return Math.min(rows, traits.software ? MOST_SLICES.software : MOST_SLICES.gpu);
}
