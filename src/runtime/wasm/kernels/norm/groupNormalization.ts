import type { GroupNormalizationAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { normalize } from "./applyTable.js";
import { normalizeRows } from "./rowGroups.js";
import { type Affine, groupTable } from "./statistics.js";

/** y = (x − mean) · scale / √(variance + epsilon) + bias, with the mean and variance of each group of each image. */
export function groupNormalization(
  work: Work,
  g: GroupNormalizationAttributes,
  { x, scale, bias }: { readonly x: Span } & Affine,
  { y }: { readonly y: Span },
): void {
  if (g.pixels === 1) normalizeRows(work, g, { x, scale, bias }, y);
  else normalize(work, g.c, g.pixels, x, groupTable(work, g, x, { scale, bias }), y);
}
