import type { DeviceTraits } from "../../core/operation.js";

/** A second dispatch that adds slices costs a processor as much as so many elements. */
const SOON_DONE_ELEMENTS = 1024;
/** As many as one invocation adds in the time of a dispatch. */
const MOST_SLICES = { software: 256, hardware: 1024 } as const;

/**
 * In how many slices, of an invocation each, the sum that becomes a scalar is cut.
 *
 * @param rows what there is to cut
 */
export function slicesOfLoss(rows: number, elements: number, traits: DeviceTraits): number {
  if (traits.software && elements <= SOON_DONE_ELEMENTS) return 1;
  return Math.min(rows, traits.software ? MOST_SLICES.software : MOST_SLICES.hardware);
}
