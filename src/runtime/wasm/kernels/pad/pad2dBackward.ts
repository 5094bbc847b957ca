import type { Pad2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { transposed } from "../kit/axisMap.js";
import { sumImages } from "../kit/mapImages.js";
import { moveRows } from "../kit/rows.js";
import { paddingMaps } from "./paddingMaps.js";

/** dx[n, h, w, c] = Σ dy[n, p, q, c] over the pixels (p, q) that show (h, w). */
export function pad2dBackward(
  work: Work,
  { geometry: g, mode }: Omit<Pad2dAttributes, "value">,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  if (mode === "constant") {
    const axes = [
      { extent: g.n, fromStride: g.p * g.q * g.c, toStride: g.h * g.w * g.c },
      { extent: g.h, fromStride: g.q * g.c, toStride: g.w * g.c },
    ];
    moveRows(work, axes, g.w * g.c, dy.address + 4 * (g.padTop * g.q + g.padLeft) * g.c, dx.address);
    return;
  }
  const { n, c, rows, columns } = paddingMaps(g, mode);
  sumImages(work, { n, c, rows: transposed(rows), columns: transposed(columns) }, dy, dx);
}
