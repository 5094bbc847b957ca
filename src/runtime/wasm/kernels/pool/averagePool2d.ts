import type { AveragePool2dAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { meanImages } from "../kit/mapImages.js";
import { averagingMaps } from "./windowMaps.js";

/** y[n, p, q, c] = the mean of x[n, …, c] over the window, or over its padding too. */
export function averagePool2d(
  work: Work,
  { geometry, countIncludePad }: AveragePool2dAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  meanImages(work, averagingMaps(geometry, countIncludePad), x, y);
}
