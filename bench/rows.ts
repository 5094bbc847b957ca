import { type Row, rowsOf } from "./caseRows.js";
import { CASES } from "./cases.js";

/**
 * @param quick only the cases that are marked `quick`
 * @param large also the groups that fill a GPU
 * @param pattern a row's name must match it
 */
export function selectRows(quick: boolean, large: boolean, pattern: RegExp): Row[] {
  return CASES.filter((group) => large || !group.large)
    .flatMap(({ title, cases }) =>
      cases.filter((found) => !quick || found.quick).flatMap((found) => rowsOf(found, title)),
    )
    .filter(({ name }) => pattern.test(name));
}
