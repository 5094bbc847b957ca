import type { Conv2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { inputGradient } from "./inputGradient.js";

/** y = relu?(dx + bias), where dx is the input gradient of the convolution `geometry`, and x is in the place of dy. */
export function convTranspose2d(
  work: Work,
  { geometry, relu }: Omit<Conv2dAttributes, "winograd">,
  { x, w, bias }: { readonly x: Span; readonly w: Span; readonly bias?: Span | undefined },
  { y }: { readonly y: Span },
): void {
  inputGradient(work, geometry, relu ? "relu" : "none", {
    ...{ dy: x.address, w: w.address, dx: y.address },
    ...{ bias: bias?.address, mask: undefined },
  });
}
