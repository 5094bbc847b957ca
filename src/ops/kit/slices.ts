import type { DeviceTraits } from "../../core/operation.js";
import { SLICES } from "./thresholds.js";

// A long reduction is cut into slices that run side by side. Further dispatches add the partial sums in a
// fixed order, in pairs.

/**
 * The number of slices that fill the device.
 *
 * @param invocations the invocations of one slice
 * @param rows the rows that are cut into slices
 * @param elements the size of one slice's partial sum
 */
export function slicesFor(invocations: number, rows: number, elements: number, traits: DeviceTraits): number {
  const wanted = traits.software ? SLICES.invocationsWanted.software : SLICES.invocationsWanted.gpu;
  const affordable = Math.floor(Math.min(SLICES.mostWorkspaceBytes, traits.maxBindingBytes) / (4 * elements));
  return Math.max(1, Math.min(Math.ceil(wanted / invocations), affordable, rows, SLICES.most));
}
