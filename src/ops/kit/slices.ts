import type { DeviceTraits } from "../../core/operation.js";
import { LONG_SUM, SLICES } from "./thresholds.js";

// A long reduction is cut into slices that run side by side. Further dispatches add the partial sums in a
// fixed order, in pairs.

/** Whether a sum of so many terms is cut into slices or blocks, because in order its error would be large. */
export function isLongSum(terms: number): boolean {
  return terms >= LONG_SUM.fewestTerms;
}

/** The number of slices that keep the error of a sum small. */
export function slicesOfTerms(terms: number): number {
  return isLongSum(terms) ? Math.ceil(terms / LONG_SUM.termsOfSlice) : 1;
}

/**
 * The number of slices that fill the device, and that a long sum needs.
 *
 * @param invocations the invocations of one slice
 * @param rows the rows that are cut into slices
 * @param elements the size of one slice's partial sum
 * @param terms the terms of a sum that would be added in order
 */
export function slicesFor(
  invocations: number,
  rows: number,
  elements: number,
  traits: DeviceTraits,
  terms = 1,
): number {
  const wanted = traits.software ? SLICES.invocationsWanted.software : SLICES.invocationsWanted.gpu;
  const affordable = Math.floor(Math.min(SLICES.mostWorkspaceBytes, traits.maxBindingBytes) / (4 * elements));
  return Math.max(
    1,
    Math.min(Math.max(Math.ceil(wanted / invocations), slicesOfTerms(terms)), affordable, rows, SLICES.most),
  );
}
