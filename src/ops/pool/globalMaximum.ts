import globalMaxPool2dShader from "../../../shaders/pool/globalMaxPool2d.wgsl";
import type { Launcher } from "../../core/operation.js";
import type { Bindable } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";
import { SLICES } from "../kit/thresholds.js";
import { workgroupSize } from "../kit/tiles.js";

/** The fewest pixels of a slice. With fewer, merging the slices costs more than they gain. */
const FEWEST_PIXELS = 32;

interface GlobalMaximum {
  readonly n: number;
  readonly pixels: number;
  readonly c: number;
  readonly x: Bindable;
  /** Gets [n, c]: the maxima, or their pixels as u32. */
  readonly output: { readonly y: Bindable } | { readonly winners: Bindable };
}

/**
 * Finds the largest pixel of each channel. Many pixels are cut into slices. Further launches compare the largest pixels
 * of the slices.
 */
export function launchGlobalMaximum(launcher: Launcher, { n, pixels, c, x, output }: GlobalMaximum): void {
  const { software } = launcher.traits;
  const sliced = slicesFor((n * c) / lanesFor(c), Math.ceil(pixels / FEWEST_PIXELS), n * c, launcher.traits);
  const merged = !software && sliced > 2 * SLICES.atATime ? [sliced, SLICES.atATime, 1] : [sliced, 1];
  let candidates: Bindable | undefined;
  let length = pixels;
  for (const slices of sliced === 1 ? [1] : merged) {
    const result = slices === 1 ? output : { winners: launcher.workspace(slices * n * c) };
    const lanes = candidates ? 1 : lanesFor(c);
    launcher.launch({
      shader: globalMaxPool2dShader,
      constants: {
        FOURS: lanes === 4,
        WORKGROUP_SIZE: workgroupSize(launcher.traits),
        GIVE_PIXELS: "winners" in result,
        MERGES: candidates !== undefined,
      },
      params: { n, pixels, c, slices, length },
      bindings: candidates ? { x, candidates, ...result } : { x, ...result },
      invocations: (slices * n * c) / lanes,
      work: length * n * c,
    });
    length = slices;
    if ("winners" in result) candidates = result.winners;
  }
}
