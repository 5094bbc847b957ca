import type { WindowGeometry } from "../../../../core/geometry.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { maxImages } from "../kit/mapImages.js";
import { windowMaps } from "./windowMaps.js";

/** y[n, p, q, c] = max over the window of x[n, …, c]. NaN if one of them is NaN. Padding is left out. */
export function maxPool2d(
  work: Work,
  geometry: WindowGeometry,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  maxImages(work, windowMaps(geometry), x, y);
}
