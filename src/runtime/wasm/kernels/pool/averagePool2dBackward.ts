import type { AveragePool2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { transposed } from "../kit/axisMap.js";
import { sumImages } from "../kit/mapImages.js";
import { averagingMaps } from "./windowMaps.js";

/** dx[n, h, w, c] = Σ dy[n, p, q, c] / divisor of (p, q), over the windows (p, q) that hold (h, w). */
export function averagePool2dBackward(
  work: Work,
  { geometry, countIncludePad }: AveragePool2dAttributes,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const { n, c, rows, columns } = averagingMaps(geometry, countIncludePad);
  sumImages(work, { n, c, rows: transposed(rows), columns: transposed(columns) }, dy, dx);
}
