import type { MatmulAttributes } from "../../../../core/attributes.js";
import { evenly, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { NO_FLOOR, sumRows } from "../kit/sumRows.js";
import { planDots } from "./dotJobs.js";
import { type Factors, readFactors } from "./factors.js";
import { planTiles } from "./tileJobs.js";

/** y = relu?(bias + A·B), for each product of the batch. */
export function matmul(
  work: Work,
  attributes: MatmulAttributes,
  inputs: { readonly a: Span; readonly b: Span; readonly bias?: Span | undefined },
  { y }: { readonly y: Span },
): void {
  const factors = readFactors(attributes, inputs);
  const add = isDotProducts(factors) ? planDots(work, factors) : planTiles(work, factors);
  const floor = attributes.relu ? 0 : NO_FLOOR;
  const slices = slicesOfSum(factors.k, y.elements);
  if (slices.length === 1) {
    add([{ term: 0, terms: factors.k, y: y.address }], factors.bias, floor);
    return;
  }
  const partial = work.workspace(slices.length * y.elements);
  const parts = slices.map(({ first, end }, i) => ({
    term: first,
    terms: end - first,
    y: partial.address + 4 * i * y.elements,
  }));
  add(parts.slice(0, 1), factors.bias, NO_FLOOR);
  add(parts.slice(1), undefined, NO_FLOOR);
  sumRows(work, { ...partial, count: parts.length, columns: y.elements, stride: y.elements }, y.address, floor);
}

/** With fewer rows, it does not pay to transpose b. */
const FEW_ROWS = 8;

/**
 * Whether y's elements are computed one by one, with vectors of terms. It needs no copy of b, but loads both factors for
 * few products.
 */
function isDotProducts({ m, n, transposeA, transposeB }: Factors): boolean {
  return !transposeA && (n === 1 || (transposeB && m < FEW_ROWS));
}

/**
 * A sum of at least `fewestTerms` is long. Added in order, its error would grow with its length. Slices of
 * `termsOfSlice` are added in pairs, as far as they fit `mostElements`.
 */
const LONG_SUM = { fewestTerms: 2 ** 15, termsOfSlice: 2 ** 12, mostElements: 2 ** 26 } as const;

function slicesOfSum(k: number, elements: number) {
  if (k < LONG_SUM.fewestTerms) return [{ first: 0, end: k }];
  const affordable = Math.max(1, Math.floor(LONG_SUM.mostElements / elements));
  return evenly(k, Math.min(affordable, k / LONG_SUM.termsOfSlice));
}
