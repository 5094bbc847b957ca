import type { DeviceTraits } from "../../core/operation.js";
import { WORKGROUP_SIZE } from "./thresholds.js";

export function workgroupSize(traits: DeviceTraits): number {
  return traits.software ? WORKGROUP_SIZE.software : WORKGROUP_SIZE.gpu;
}

/**
 * The size of tiles that cover `extent` with the smallest overhang. There are no more tiles than tiles of size `most`
 * would be.
 */
export function evenTile(extent: number, most: number): number {
  return Math.ceil(extent / Math.ceil(extent / most));
}

/**
 * Whether a software adapter finishes `operations` sooner than it compiles a larger kernel. Never true of a GPU.
 *
 * @param most the tuned limit
 */
export function isSoonDone(operations: number, most: number, traits: DeviceTraits): boolean {
  return traits.software && operations <= most;
}
