import type { MaxPool2dBackwardAttributes } from "../../../../core/attributes.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { type AxisMap, mostTaps, transposed } from "../kit/axisMap.js";
import { clear } from "../kit/clear.js";
import { maxImages } from "../kit/mapImages.js";
import { type Walk, walkOf, workOfRow } from "../kit/runWalk.js";
import { type GradientForm, writeChoice, writeGathering, writeGiving } from "./maxGradient.js";
import { searchWindows } from "./searchWindows.js";
import { windowMaps } from "./windowMaps.js";

/**
 * dx[n, h, w, c] = Σ dy[n, p, q, c] over the windows (p, q) whose first maximum is (h, w), or whose maximum equals x[n,
 * h, w, c]. A NaN is the maximum, and equals nothing. 0 where `rectified` and x ≤ 0.
 *
 * There are three ways. If windows do not overlap, each window gives its dy to its elements. If they do, one pass
 * chooses the maxima, and a second one adds for each element. Large windows would make long code, so loops search them.
 */
export function maxPool2dBackward(
  work: Work,
  attributes: MaxPool2dBackwardAttributes,
  tensors: { readonly x: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const { geometry, ties, rectified } = attributes;
  const { n, c, s, rows, columns } = windowMaps(geometry);
  const takers = { n, c, rows: transposed(rows), columns: transposed(columns) };
  const windows = walkOf(rows, columns, c);
  const elements = walkOf(takers.rows, takers.columns, c);
  if (!windows || !elements) {
    searchWindows(work, attributes, tensors, dx);
    return;
  }
  const { x, dy } = tensors;
  const form = { ties, rectified, columnsOfWindow: s };
  if (mostTaps(takers.rows) <= 1 && mostTaps(takers.columns) <= 1) {
    if (!isCovered(takers.rows) || !isCovered(takers.columns)) clear(work, dx);
    const giving = work.program(keyOf("give", form, windows), (module) => writeGiving(module, form, windows));
    const args = [x.address, dy.address, dx.address];
    work.run(giving.function("windows"), split(args, n * windows.output.rows, 3 * workOfRow(windows)));
    return;
  }
  // The numbers of the first maxima in their windows, or the maxima.
  const chosen = work.workspace(dy.elements);
  if (ties === "all") maxImages(work, { n, c, rows, columns }, x, chosen);
  else {
    const choice = work.program(keyOf("choose", form, windows), (module) => writeChoice(module, form, windows));
    const args = [x.address, chosen.address];
    work.run(choice.function("windows"), split(args, n * windows.output.rows, 3 * workOfRow(windows)));
  }
  const gathering = work.program(keyOf("gather", form, elements), (module) => writeGathering(module, form, elements));
  const args = [x.address, dy.address, chosen.address, dx.address];
  work.run(gathering.function("elements"), split(args, n * elements.output.rows, 3 * workOfRow(elements)));
}

function keyOf(part: string, form: GradientForm, walk: Walk): string {
  return `maxPool2dBackward ${part} ${JSON.stringify([form, walk])}`;
}

/** Whether each position is in a window. */
function isCovered({ taps }: AxisMap): boolean {
  return taps.every(({ length }) => length > 0);
}
