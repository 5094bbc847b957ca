import type { MaxPool2dBackwardAttributes } from "../../../../core/attributes.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { type AxisMap, identity, mostTaps, transposed } from "../kit/axisMap.js";
import { clear } from "../kit/clear.js";
import { maxImages } from "../kit/mapImages.js";
import { keyOfWalk, type Walk, walkOf, workOfRow } from "../kit/runWalk.js";
import {
  type ChoiceForm,
  type GatheringForm,
  type GradientForm,
  type WindowAxis,
  writeChoice,
  writeGathering,
  writeGiving,
} from "./maxGradient.js";
import { searchWindows } from "./searchWindows.js";
import { type WindowMaps, windowMaps } from "./windowMaps.js";

/** The time of a load, in those of a load that is added to a sum. */
const WORK_OF_LOAD = 2;

interface Gradient {
  readonly x: Span;
  readonly dy: Span;
  readonly dx: Span;
}

/**
 * dx[n, h, w, c] = Σ dy[n, p, q, c] over the windows (p, q) whose first maximum is (h, w), or whose maximum equals x[n,
 * h, w, c]. A NaN is the maximum, and equals nothing. 0 where `rectified` and x ≤ 0.
 *
 * There are three ways. If windows do not overlap, each window gives its dy to its elements. If they do, passes along
 * one axis choose the maxima, and others add for each element. Large windows would make long code, so loops search them.
 */
export function maxPool2dBackward(
  work: Work,
  attributes: MaxPool2dBackwardAttributes,
  { x, dy }: { readonly x: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const maps = windowMaps(attributes.geometry);
  const tensors = { x, dy, dx };
  if (!giveFromWindows(work, attributes, maps, tensors) && !gatherAlongAxes(work, attributes, maps, tensors)) {
    searchWindows(work, attributes, tensors, dx);
  }
}

/** @returns whether windows do not overlap and are small */
function giveFromWindows(work: Work, form: GradientForm, { n, c, rows, columns }: WindowMaps, tensors: Gradient) {
  const takers = [transposed(rows), transposed(columns)];
  if (takers.some((map) => mostTaps(map) > 1)) return false;
  const windows = walkOf(rows, columns, c);
  if (!windows) return false;
  const { x, dy, dx } = tensors;
  if (!takers.every(isCovered)) clear(work, dx);
  const program = work.program(keyOf("give", form, windows), (module) => writeGiving(module, form, windows));
  const args = [x.address, dy.address, dx.address];
  work.run(program.function("windows"), split(args, n * windows.output.rows, WORK_OF_LOAD * workOfRow(windows)));
  return true;
}

/**
 * First each row of a window chooses a column, then each window chooses one of its rows. The way back is the same: a row
 * gets the dy of the windows that chose it, and an element that of the rows that chose it.
 *
 * @returns whether the code is not too long
 */
function gatherAlongAxes(
  work: Work,
  { ties, rectified }: GradientForm,
  { n, c, rows, columns }: WindowMaps,
  { x, dy, dx }: Gradient,
): boolean {
  const [h, q] = [rows.inputs, columns.taps.length];
  const ofColumns = walkOf(identity(h), columns, c);
  const ofRows = walkOf(rows, identity(q), c);
  const backToColumns = walkOf(identity(h), transposed(columns), c);
  const backToRows = walkOf(transposed(rows), identity(q), c);
  if (!ofColumns || !ofRows || !backToColumns || !backToRows) return false;
  const between = () => work.workspace(n * h * q * c);
  const choose = (axis: WindowAxis, walk: Walk, from: Span, chosen: Span, maxima?: Span) => {
    const form = { axis, keepsMaxima: maxima !== undefined };
    const program = work.program(keyOf("choose", form, walk), (module) => writeChoice(module, form, walk));
    const args = [from.address, chosen.address, maxima?.address ?? 0];
    work.run(program.function("windows"), split(args, n * walk.output.rows, WORK_OF_LOAD * workOfRow(walk)));
  };
  const gather = (form: GatheringForm, walk: Walk, values: Span, from: Span, chosen: Span, to: Span) => {
    const program = work.program(keyOf("gather", form, walk), (module) => writeGathering(module, form, walk));
    const args = [values.address, from.address, chosen.address, to.address];
    work.run(program.function("elements"), split(args, n * walk.output.rows, WORK_OF_LOAD * workOfRow(walk)));
  };
  const ofRow = { ties, rectified: false, axis: "row" } as const;
  const ofColumn = { ties, rectified, axis: "column" } as const;
  const rowMaxima = between();
  if (ties === "all") {
    const [maxima, gradient] = [work.workspace(dy.elements), between()];
    maxImages(work, { n, c, rows: identity(h), columns }, x, rowMaxima);
    maxImages(work, { n, c, rows, columns: identity(q) }, rowMaxima, maxima);
    gather(ofRow, backToRows, rowMaxima, dy, maxima, gradient);
    gather(ofColumn, backToColumns, x, gradient, rowMaxima, dx);
  } else {
    const [chosenColumns, chosenRows] = [between(), work.workspace(dy.elements)];
    choose("column", ofColumns, x, chosenColumns, rowMaxima);
    choose("row", ofRows, rowMaxima, chosenRows);
    // The maxima of the rows are not needed any more.
    const gradient = rowMaxima;
    gather(ofRow, backToRows, x, dy, chosenRows, gradient);
    gather(ofColumn, backToColumns, x, gradient, chosenColumns, dx);
  }
  return true;
}

function keyOf(part: string, form: GradientForm | ChoiceForm, walk: Walk): string {
  return `maxPool2dBackward ${part} ${JSON.stringify(form)} ${keyOfWalk(walk)}`;
}

/** Whether each position is in a window. */
function isCovered({ taps }: AxisMap): boolean {
  return taps.every(({ length }) => length > 0);
}
