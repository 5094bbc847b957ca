import type { F32x4Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { evenly, split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { type AxisMap, identity, isIdentity, mostTaps } from "./axisMap.js";
import { Largest } from "./largest.js";
import { accurate, type Combination, mapAxis } from "./mapAxis.js";
import { pairs } from "./pairs.js";
import { keyOfWalk, type Walk, type WalkPlace, type WalkTap, walkOf, workOfRow, writeWalk } from "./runWalk.js";

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
 */
export function sumImages(work: Work, images: ImageMap, x: Span, y: Span): void {
  mapImages(work, images, { kind: "sum", combination: accurate }, x, y);
}

/**
 * The same, with an error below that of a sum in pairs for any number of terms. If all weights are equal, the values are
 * added before they are multiplied. So the sum may overflow where the mean does not, as in shaders/pool/averagePool2d.wgsl.
 */
export function meanImages(work: Work, images: ImageMap, x: Span, y: Span): void {
  mapImages(work, images, { kind: "mean", combination: () => "preciseSum" }, x, y);
}

/** y[n, p, q, c] = max x[n, h, w, c] over the taps h of row p and w of column q. NaN if one of them is NaN. */
export function maxImages(work: Work, images: ImageMap, x: Span, y: Span): void {
  mapImages(work, images, { kind: "max", combination: () => "max" }, x, y);
}

type Kind = "sum" | "mean" | "max";

/** What becomes of the taps: by code for each tap, or by loops over a table. */
interface Mapping {
  readonly kind: Kind;
  combination(map: AxisMap): Combination;
}

/** Outputs of more taps than this are computed one axis after the other. */
const MOST_TAPS_AT_ONCE = 9;

function mapImages(work: Work, images: ImageMap, mapping: Mapping, x: Span, y: Span): void {
  const { n, c, rows, columns } = images;
  const few = mostTaps(rows) * mostTaps(columns) <= MOST_TAPS_AT_ONCE;
  const walk = few ? walkOf(rows, columns, c) : undefined;
  if (walk) runWalk(work, mapping.kind, walk, n, x, y);
  else mapAxes(work, images, mapping, x, y);
}

function runWalk(work: Work, kind: Kind, walk: Walk, n: number, x: Span, y: Span): void {
  const program = work.program(`map images ${kind} ${keyOfWalk(walk)}`, (module) => writeImages(module, kind, walk));
  work.run(program.function("images"), split([x.address, y.address], n * walk.output.rows, workOfRow(walk)));
}

function writeImages(module: ModuleBuilder, kind: Kind, walk: Walk): void {
  module.function("images", ["x", "y", "unit", "end"], (f, { x, y, unit, end }) => {
    const visit = kind === "max" ? maxOfTaps(f) : sumOfTaps(f, kind);
    writeWalk(f, walk, { input: x, output: y, unit, end }, visit);
  });
}

type Visit = (place: WalkPlace, taps: readonly WalkTap[]) => void;

/** V8 12 and older loads all that a basic block needs before it adds. More vectors than this do not fit the registers. */
const LOADS_OF_BLOCK = 9;

function sumOfTaps(f: FunctionBuilder, kind: "sum" | "mean"): Visit {
  const sum = f.f32x4();
  const parts: F32x4Variable[] = [];
  /** In pairs. Many terms are added in several blocks. */
  const add = (terms: readonly F32x4[], address: I32): F32x4 => {
    if (terms.length <= LOADS_OF_BLOCK) return pairs(terms);
    const blocks = evenly(terms.length, terms.length / LOADS_OF_BLOCK);
    while (parts.length < blocks.length) parts.push(f.f32x4());
    const used = parts.slice(0, blocks.length);
    f.inBlocks(blocks.length, address, (block) => {
      const { first, end } = blocks[block] ?? { first: 0, end: 0 };
      used[block]?.set(pairs(terms.slice(first, end)));
    });
    return pairs(used);
  };
  return ({ input, output, lanes }, taps) => {
    const weights = taps.map(({ row, column }) => row.weight * column.weight);
    const [weight = 1] = weights;
    const loads = taps.map(({ offset }) => F32x4.load(input, offset));
    if (taps.length === 0) sum.set(F32x4.of(0));
    else if (kind === "mean" && weights.every((other) => other === weight)) sum.set(scaled(add(loads, input), weight));
    else {
      const terms = loads.map((load, i) => scaled(load, weights[i] ?? 1));
      sum.set(add(terms, input));
    }
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

/** Whether sums along the axis may be larger than their terms, as in a gradient of a larger image. */
function mayGrow({ taps }: AxisMap): boolean {
  return taps.some((list) => list.reduce((sum, { weight }) => sum + weight, 0) > 1.001);
}

/**
 * One axis after the other. The one that leaves fewer numbers comes first. But if sums along the rows grow, they could
 * overflow before the weights of the columns make them smaller. Then the columns come first, as in the shaders.
 */
function mapAxes(work: Work, images: ImageMap, mapping: Mapping, x: Span, y: Span): void {
  const { n, c, rows, columns } = images;
  const alongRows = (width: number, from: Span, to: Span) => {
    const walk = walkOf(rows, identity(width), c);
    if (walk) runWalk(work, mapping.kind, walk, n, from, to);
    else mapAxis(work, mapping.combination(rows), rows, { outer: n, inner: width * c }, from, to);
  };
  const alongColumns = (height: number, from: Span, to: Span) => {
    const walk = walkOf(identity(height), columns, c);
    if (walk) runWalk(work, mapping.kind, walk, n, from, to);
    else mapAxis(work, mapping.combination(columns), columns, { outer: n * height, inner: c }, from, to);
  };
  const [p, q] = [rows.taps.length, columns.taps.length];
  const rowsFirst = p * columns.inputs <= rows.inputs * q && (mapping.kind === "max" || !mayGrow(rows));
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
