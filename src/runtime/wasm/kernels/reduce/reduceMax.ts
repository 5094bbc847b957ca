import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stagesOf } from "../kit/axes.js";
import { extremeAxes } from "../kit/extrema.js";

/** y = the largest of the elements of x that are reduced to one element of `keptShape`. */
export function reduceMax(
  work: Work,
  { shape, keptShape }: ReduceAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  extremeAxes(work, "max", stagesOf(shape, keptShape), x, y);
}
