import type { Resample2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumImages } from "../kit/mapImages.js";
import { resampleMaps } from "./resampleMaps.js";

/** y[n, p, q, c] = Σ weight · x[n, h, w, c] over the pixels around the point of (p, q), or its nearest pixel. */
export function resample2d(
  work: Work,
  attributes: Resample2dAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  sumImages(work, resampleMaps(attributes), x, y);
}
