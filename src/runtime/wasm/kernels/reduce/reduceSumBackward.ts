import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stretchQuotient } from "../kit/stretch.js";

/** dx = dy [keptShape], stretched to `shape`. */
export function reduceSumBackward(
  work: Work,
  attributes: ReduceAttributes,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  stretchQuotient(work, attributes, dy, 1, dx);
}
