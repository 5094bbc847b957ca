import type { Conv2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { inputGradient } from "./inputGradient.js";

/**
 * The gradient of a convolution's input: dx[n, h, w, c] = Σ dy[n, p, q, k] · w[r, s, c, k] over h = p · stride + r ·
 * dilation − pad, and w by the same equation. With x, it is 0 where x is at most 0.
 */
export function conv2dBackwardInput(
  work: Work,
  { geometry }: Omit<Conv2dAttributes, "relu">,
  { dy, w, x }: { readonly dy: Span; readonly w: Span; readonly x?: Span | undefined },
  { dx }: { readonly dx: Span },
): void {
  inputGradient(work, geometry, x ? "mask" : "none", {
    ...{ dy: dy.address, w: w.address, dx: dx.address },
    ...{ bias: undefined, mask: x?.address },
  });
}
