import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { extremumBackward } from "./extremumBackward.js";

/** dx: the elements that equal their maximum share dy evenly. All others get 0. */
export function reduceMaxBackward(
  work: Work,
  attributes: ReduceAttributes,
  inputs: { readonly x: Span; readonly dy: Span },
  outputs: { readonly dx: Span },
): void {
  extremumBackward(work, "max", attributes, inputs, outputs);
}
