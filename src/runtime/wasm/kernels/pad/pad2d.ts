import type { Pad2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumImages } from "../kit/mapImages.js";
import { moveRows } from "../kit/rows.js";
import { fill } from "./fill.js";
import { paddingMaps } from "./paddingMaps.js";

/** y[n, p, q, c] = x at the pixel that (p, q) shows, or the constant. */
export function pad2d(
  work: Work,
  { geometry: g, mode, value }: Pad2dAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  if (mode !== "constant") {
    sumImages(work, paddingMaps(g, mode), x, y);
    return;
  }
  if (y.elements > x.elements) fill(work, y, value);
  const axes = [
    { extent: g.n, fromStride: g.h * g.w * g.c, toStride: g.p * g.q * g.c },
    { extent: g.h, fromStride: g.w * g.c, toStride: g.q * g.c },
  ];
  moveRows(work, axes, g.w * g.c, x.address, y.address + 4 * (g.padTop * g.q + g.padLeft) * g.c);
}
