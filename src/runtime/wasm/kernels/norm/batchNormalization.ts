import type { NormalizationAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { normalize } from "./applyTable.js";
import { type Affine, givenTable } from "./statistics.js";

/** y = (x − mean) · scale / √(variance + epsilon) + bias. */
export function batchNormalization(
  work: Work,
  { epsilon }: NormalizationAttributes,
  { x, mean, variance, scale, bias }: { readonly x: Span; readonly mean: Span; readonly variance: Span } & Affine,
  { y }: { readonly y: Span },
): void {
  const c = mean.elements;
  const table = givenTable(work, { epsilon, hasDeviation: false }, { mean, spread: variance }, { scale, bias });
  normalize(work, c, x.elements / c, x, table, y);
}
