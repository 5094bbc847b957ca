import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stagesOf } from "../kit/axes.js";
import { sumAxes } from "../kit/sums.js";

/** y = the mean of the elements of x that are reduced to one element of `keptShape`. */
export function reduceMean(
  work: Work,
  { shape, keptShape }: ReduceAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  sumAxes(work, stagesOf(shape, keptShape), x, y, x.elements / y.elements);
}
