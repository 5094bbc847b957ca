import type { Resample2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { transposed } from "../kit/axisMap.js";
import { sumImages } from "../kit/mapImages.js";
import { resampleMaps } from "./resampleMaps.js";

/** dx[n, h, w, c] = Σ weight · dy[n, p, q, c] over the outputs (p, q) that show (h, w). */
export function resample2dBackward(
  work: Work,
  attributes: Resample2dAttributes,
  { dy }: { readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const { n, c, rows, columns } = resampleMaps(attributes);
  sumImages(work, { n, c, rows: transposed(rows), columns: transposed(columns) }, dy, dx);
}
