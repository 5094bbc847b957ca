import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stretchQuotient } from "../kit/stretch.js";

/** dx = dy [keptShape], divided by the number of elements of a mean, stretched to `shape`. */
export function reduceMeanBackward(
  work: Work,
  attributes: ReduceAttributes,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  stretchQuotient(work, attributes, dy, dx.elements / dy.elements, dx);
}
