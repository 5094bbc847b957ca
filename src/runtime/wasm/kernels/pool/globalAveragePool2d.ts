import type { GlobalPool2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stagesOf } from "../kit/axes.js";
import { sumAxes } from "../kit/sums.js";

/** y[n, c] = the mean over the pixels of x[n, pixel, c]. */
export function globalAveragePool2d(
  work: Work,
  { pixels, c }: GlobalPool2dAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const n = y.elements / c;
  sumAxes(work, stagesOf([n, pixels, c], [n, 1, c]), x, y, pixels);
}
