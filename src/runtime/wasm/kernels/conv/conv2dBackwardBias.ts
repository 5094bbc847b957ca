import { greatestCommonDivisor } from "../../../../core/geometry.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumRows } from "../kit/sumRows.js";

/** Rows of at least so many floats need not be joined: few of their vectors are not full. */
const LONG_ROW = 32;

/** db[k] = Σ dy[…, k], added in pairs. */
export function conv2dBackwardBias(
  work: Work,
  _: undefined,
  { dy }: { readonly dy: Span },
  { db }: { readonly db: Span },
): void {
  const k = db.elements;
  const pixels = dy.elements / k;
  // Some pixels side by side are a row of whole vectors.
  const joined = 4 / greatestCommonDivisor(k, 4);
  const rows = Math.floor(pixels / joined);
  if (joined === 1 || k >= LONG_ROW || rows < 2) {
    sumRows(work, { address: dy.address, count: pixels, columns: k, stride: k }, db.address);
    return;
  }
  const columns = joined * k;
  const rest = pixels - rows * joined;
  // The sums of the joined pixels, and after them the pixels that are left over.
  const { address } = work.workspace(columns + k);
  sumRows(work, { address: dy.address, count: rows, columns, stride: columns }, address);
  if (rest > 0) {
    const restOfDy = dy.address + 4 * rows * columns;
    sumRows(work, { address: restOfDy, count: rest, columns: k, stride: k }, address + 4 * columns);
  }
  sumRows(work, { address, count: joined + Math.min(rest, 1), columns: k, stride: k }, db.address);
}
