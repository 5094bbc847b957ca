import { type Conv2dGeometry, conv2dFlops } from "../../core/geometry.js";
import type { DeviceTraits } from "../../core/operation.js";
import { isSoonDone } from "../kit/tiles.js";
import type { Conv2dPass } from "./family.js";
import { MOST_FLOPS_OF_DIRECT, MOST_FLOPS_OF_SMALLEST_TILES } from "./thresholds.js";

// On a software adapter, small convolutions take less time than a large kernel takes to compile.

/** Whether each group is one input channel. */
export function isDepthwise(g: Conv2dGeometry): boolean {
  return g.groups > 1 && g.cPerGroup === 1;
}

/** Whether the work is small enough for `direct` to be the fastest family, with the time of compiling. */
export function isForDirect(pass: Conv2dPass, g: Conv2dGeometry, traits: DeviceTraits): boolean {
  return isSmall(g, traits, mostFlopsOfDirect(pass, g));
}

function mostFlopsOfDirect(pass: Conv2dPass, g: Conv2dGeometry): number {
  const most = MOST_FLOPS_OF_DIRECT;
  const cFours = g.cPerGroup % 4 === 0;
  const kFours = g.kPerGroup % 4 === 0;
  if (pass === "conv2dBackwardFilter") {
    if (isDepthwise(g)) return most[pass].depthwisePerTap * g.r * g.s;
    return cFours ? most[pass].fours : most[pass].other;
  }
  if (isDepthwise(g)) return most[pass].depthwise;
  if (pass === "conv2d") return most[pass].other;
  if (cFours && kFours) return most[pass].fours;
  return g.cPerGroup === 1 && !kFours ? most[pass].oneChannel : most[pass].other;
}

/**
 * Whether a software adapter finishes the work sooner than it compiles larger tiles than the smallest ones, or a kernel
 * that pays from `mostFlops` operations on.
 */
export function isSmall(g: Conv2dGeometry, traits: DeviceTraits, mostFlops = MOST_FLOPS_OF_SMALLEST_TILES): boolean {
  return isSoonDone(conv2dFlops(g), mostFlops, traits);
}
