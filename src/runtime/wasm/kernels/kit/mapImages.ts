import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { type AxisMap, isIdentity } from "./axisMap.js";
import { Largest } from "./largest.js";
import { accurate, type Combination, mapAxis } from "./mapAxis.js";
import { pairs } from "./pairs.js";
import { type Walk, type WalkPlace, type WalkTap, walkOf, workOfRow, writeWalk } from "./runWalk.js";

// Pools, resampling and padding map rows and columns of images. What an output position takes is the product of what
// its row and its column take.

/** Images [n, rows, columns, c] whose rows and columns are mapped. */
export interface ImageMap {
  readonly n: number;
  readonly c: number;
  readonly rows: AxisMap;
  readonly columns: AxisMap;
}

/**
 * y[n, p, q, c] = Σ rowWeight · columnWeight · x[n, h, w, c] over the taps h of row p and w of column q. Added in pairs
 * or in float64, if there are more than a few.
 *
 * @param paired whether the error must stay below that of a sum in pairs for any number of terms
 */
export function sumImages(work: Work, images: ImageMap, x: Span, y: Span, { paired = false } = {}): void {
  const walk = walkOf(images.rows, images.columns, images.c);
  if (walk) runWalk(work, "sum", walk, images.n, x, y);
  else mapAxes(work, images, (map) => (paired ? "preciseSum" : accurate(map)), x, y);
}

/** y[n, p, q, c] = max x[n, h, w, c] over the taps h of row p and w of column q. NaN if one of them is NaN. */
export function maxImages(work: Work, images: ImageMap, x: Span, y: Span): void {
  const walk = walkOf(images.rows, images.columns, images.c);
  if (walk) runWalk(work, "max", walk, images.n, x, y);
  else mapAxes(work, images, () => "max", x, y);
}

function runWalk(work: Work, kind: "sum" | "max", walk: Walk, n: number, x: Span, y: Span): void {
  const program = work.program(`map images ${kind} ${JSON.stringify(walk)}`, (module) =>
    writeImages(module, kind, walk),
  );
  work.run(program.function("images"), split([x.address, y.address], n * walk.output.rows, workOfRow(walk)));
}

function writeImages(module: ModuleBuilder, kind: "sum" | "max", walk: Walk): void {
  module.function("images", ["x", "y", "unit", "end"], (f, { x, y, unit, end }) => {
    const visit = kind === "sum" ? sumOfTaps(f) : maxOfTaps(f);
    writeWalk(f, walk, { input: x, output: y, unit, end }, visit);
  });
}

type Visit = (place: WalkPlace, taps: readonly WalkTap[]) => void;

function sumOfTaps(f: FunctionBuilder): Visit {
  const sum = f.f32x4();
  return ({ input, output, lanes }, taps) => {
    const weights = taps.map(({ row, column }) => row.weight * column.weight);
    const [weight = 1] = weights;
    const loads = taps.map(({ offset }) => F32x4.load(input, offset));
    if (taps.length === 0) sum.set(F32x4.of(0));
    else if (weights.every((other) => other === weight)) sum.set(scaled(pairs(loads), weight));
    else sum.set(pairs(loads.map((load, i) => scaled(load, weights[i] ?? 1))));
    f.storeLanes(output, sum, lanes);
  };
}

function scaled(value: F32x4, weight: number): F32x4 {
  return weight === 1 ? value : value.mul(F32x4.of(weight));
}

function maxOfTaps(f: FunctionBuilder): Visit {
  const largest = new Largest(f);
  return ({ input, output, lanes }, taps) => {
    largest.of(taps.map(({ offset }) => F32x4.load(input, offset)));
    f.storeLanes(output, largest.result, lanes);
  };
}

/** One axis after the other. The one that leaves fewer numbers comes first. */
function mapAxes(
  work: Work,
  { n, c, rows, columns }: ImageMap,
  combination: (map: AxisMap) => Combination,
  x: Span,
  y: Span,
): void {
  const alongRows = (width: number, from: Span, to: Span) =>
    mapAxis(work, combination(rows), rows, { outer: n, inner: width * c }, from, to);
  const alongColumns = (height: number, from: Span, to: Span) =>
    mapAxis(work, combination(columns), columns, { outer: n * height, inner: c }, from, to);
  const [p, q] = [rows.taps.length, columns.taps.length];
  const rowsFirst = p * columns.inputs <= rows.inputs * q;
  const between = () => work.workspace(n * c * (rowsFirst ? p * columns.inputs : rows.inputs * q));
  if (isIdentity(columns)) alongRows(q, x, y);
  else if (isIdentity(rows)) alongColumns(p, x, y);
  else if (rowsFirst) {
    const half = between();
    alongRows(columns.inputs, x, half);
    alongColumns(p, half, y);
  } else {
    const half = between();
    alongColumns(rows.inputs, x, half);
    alongRows(q, half, y);
  }
}
