import type { GlobalPool2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stretchQuotient } from "../kit/stretch.js";

/** dx[n, pixel, c] = dy[n, c] / pixels. */
export function globalAveragePool2dBackward(
  work: Work,
  { pixels, c }: GlobalPool2dAttributes,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const n = dy.elements / c;
  stretchQuotient(work, { shape: [n, pixels, c], keptShape: [n, 1, c] }, dy, pixels, dx);
}
