import type { NormalizationAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { normalize } from "./applyTable.js";
import { type Affine, groupTable, type Moments } from "./statistics.js";

/** Each channel's mean and biased variance, √(variance + epsilon), and y = (x − mean) · scale / that root + bias. */
export function batchNormalizationTraining(
  work: Work,
  { epsilon }: NormalizationAttributes,
  { x, scale, bias }: { readonly x: Span } & Affine,
  { y, ...moments }: { readonly y: Span } & Moments,
): void {
  const c = moments.mean.elements;
  const pixels = x.elements / c;
  const table = groupTable(work, { n: 1, pixels, c, groups: c, epsilon }, x, { scale, bias }, moments);
  normalize(work, c, pixels, x, table, y);
}
