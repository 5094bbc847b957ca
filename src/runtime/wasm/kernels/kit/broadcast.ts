import type { Shape } from "../../../../core/shape.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { storeFirst, WORK_OF_VECTOR } from "./elements.js";

// Kernels over operands that are stretched to the shape of the output, as numpy broadcasts them.
//
// Neighbouring axes are joined if each operand has both of them or neither. A row is the innermost axis that is left.
// Along a row, an operand has consecutive elements, or one that stays. Along the outer axes it has any strides.

/** An axis of the output, and the strides of the operands in elements: 0 along axes that an operand lacks. */
interface Axis {
  readonly extent: number;
  readonly a: number;
  readonly b: number;
}

/** How a kernel walks through its operands. */
export interface BroadcastPlan {
  /** From the outermost on. */
  readonly outer: readonly Axis[];
  readonly row: Axis;
}

export function planBroadcast(shape: Shape, aShape: Shape, bShape: Shape): BroadcastPlan {
  const axes: Axis[] = [];
  const [aStrides, bStrides] = [stridesOf(aShape, shape), stridesOf(bShape, shape)];
  for (const [i, extent] of shape.entries()) {
    const axis = { extent, a: aStrides[i] ?? 0, b: bStrides[i] ?? 0 };
    const before = axes.at(-1);
    if (extent === 1) continue;
    if (before && before.a === axis.a * extent && before.b === axis.b * extent) {
      axes[axes.length - 1] = { ...axis, extent: before.extent * extent };
    } else {
      axes.push(axis);
    }
  }
  const row = axes.pop() ?? { extent: 1, a: 1, b: 1 };
  return { outer: axes, row };
}

/** The strides of an operand along the axes of the shape that it is stretched to. */
function stridesOf(operand: Shape, shape: Shape): number[] {
  let step = 1;
  const strides = operand.map(() => 0);
  for (let i = operand.length - 1; i >= 0; i--) {
    const extent = operand[i] ?? 1;
    if (extent > 1) strides[i] = step;
    step *= extent;
  }
  return [...Array<number>(shape.length - operand.length).fill(0), ...strides];
}

/** An operator on stretched operands. */
export interface BroadcastKernel {
  /** Names everything that `map` depends on. */
  readonly key: string;
  readonly shape: Shape;
  readonly aShape: Shape;
  readonly bShape: Shape;
  /** Four elements of the output, from four of a, b and dy. Without dy among the spans, it must not be used. */
  map(f: FunctionBuilder, a: F32x4, b: F32x4, dy: F32x4): F32x4;
}

export interface BroadcastSpans {
  readonly a: Span;
  readonly b: Span;
  /** Of the output's shape. */
  readonly dy?: Span;
  readonly output: Span;
}

/** Plans and queues an operator on stretched operands. */
export function runBroadcast(work: Work, kernel: BroadcastKernel, spans: BroadcastSpans): void {
  const first = planBroadcast(kernel.shape, kernel.aShape, kernel.bShape);
  const { plan, a, b } = repeatShort(work, first, spans.a, spans.b);
  const { outer, row } = plan;
  const hasDy = spans.dy !== undefined;
  const numbers = outer.flatMap((axis) => [axis.extent, 4 * axis.a, 4 * axis.b]);
  // With more axes, a function would have too many parameters. The numbers are then a part of the program.
  const isGeneral = outer.length <= MOST_GENERAL_AXES;
  const key = `${kernel.key} ${row.a} ${row.b} ${isGeneral ? outer.length : numbers.join(",")}`;
  const program = work.program(key, (module) => writeRows(module, plan, isGeneral, hasDy, kernel.map));
  const addresses = [a, b, spans.dy ?? spans.output, spans.output].map(({ address }) => address);
  const strides = isGeneral ? numbers : [];
  work.run(program.function("rows"), jobsOf(addresses, strides, row.extent, spans.output.elements));
}

const MOST_GENERAL_AXES = 2;

/** Rows that are shorter take more time to begin than to walk. */
const SHORT = 64;

/**
 * If one operand is a short vector that repeats along all of the other one, it is written out several times. Then rows
 * are longer. The last row may be cut off.
 */
function repeatShort(
  work: Work,
  plan: BroadcastPlan,
  a: Span,
  b: Span,
): { readonly plan: BroadcastPlan; readonly a: Span; readonly b: Span } {
  const { outer, row } = plan;
  const [axis, ...others] = outer;
  const times = 4 * Math.ceil(SHORT / 4 / row.extent);
  if (!axis || others.length > 0 || row.extent >= SHORT || row.a * row.b === 0 || axis.extent < 2 * times) {
    return { plan, a, b };
  }
  const long = row.extent * times;
  const whole = a.elements > b.elements ? a : b;
  const short = whole === a ? b : a;
  const repeated = work.workspace(long);
  const program = work.program("repeat", writeRepeat);
  work.run(program.function("repeat"), [[short.address, repeated.address, 4 * row.extent, times]]);
  const extent = Math.ceil(whole.elements / long);
  const [ofA, ofB] = whole === a ? [long, 0] : [0, long];
  return {
    plan: { outer: [{ extent, a: ofA, b: ofB }], row: { ...row, extent: long } },
    a: whole === a ? a : repeated,
    b: whole === a ? repeated : b,
  };
}

function writeRepeat(module: ModuleBuilder): void {
  module.function("repeat", ["from", "to", "bytes", "times"], (f, { from, to, bytes, times }) => {
    const i = f.i32();
    f.for(i, 0, times, 1, () => {
      f.copy(to, from, bytes);
      to.advance(bytes);
    });
  });
}

/** The time to begin a row, in multiply-adds. */
const WORK_OF_ROW = 64;

/** Jobs for `elements` in rows. The last row may be shorter. Long rows are cut. */
function jobsOf(
  addresses: readonly number[],
  strides: readonly number[],
  pitch: number,
  elements: number,
): (readonly number[])[] {
  const rows = Math.floor(elements / pitch);
  const rest = elements % pitch;
  const vectors = Math.ceil(pitch / 4);
  const columns = split([], vectors, WORK_OF_VECTOR);
  const job = (length: number, range: readonly number[], column: readonly number[]) => [
    ...[...addresses, pitch, length, ...range, ...column],
    ...strides,
  ];
  const jobs = split([], rows, vectors * WORK_OF_VECTOR + WORK_OF_ROW).flatMap((range) =>
    columns.map((column) => job(pitch, range, column)),
  );
  return rest > 0 ? [...jobs, job(rest, [rows, rows + 1], [0, Math.ceil(rest / 4)])] : jobs;
}

/** The distance and the length of rows are in elements. */
const PARAMETERS = [
  ...(["a", "b", "dy", "y", "pitch", "length"] as const),
  ...(["firstRow", "endRow", "firstVector", "endVector"] as const),
];

/**
 * Writes the function "rows": the vectors from `firstVector` up to `endVector` of some rows.
 *
 * @param isGeneral whether extents and strides of the outer axes are parameters
 */
function writeRows(
  module: ModuleBuilder,
  { outer, row }: BroadcastPlan,
  isGeneral: boolean,
  hasDy: boolean,
  map: BroadcastKernel["map"],
): void {
  const names = ["extent", "aStride", "bStride"] as const;
  const ofAxes = isGeneral ? outer.flatMap((_, i) => names.map((name) => `${name}${i}` as const)) : [];
  module.function("rows", [...PARAMETERS, ...ofAxes], (f, given) => {
    const { a, b, dy, y, pitch, length, firstRow, endRow, firstVector, endVector } = given;
    const axes = outer.map((axis, i) => {
      const number = (place: number, value: number) =>
        isGeneral ? f.parameter(PARAMETERS.length + 3 * i + place) : I32.of(value);
      const [extent, ofA, ofB] = [number(0, axis.extent), number(1, 4 * axis.a), number(2, 4 * axis.b)];
      return { extent, a: ofA, b: ofB, index: f.i32() };
    });
    seek(f, axes, firstRow, a, b);
    const places = hasDy ? [dy, y] : [y];
    for (const place of places) place.advance(firstRow.mul(pitch).mul(4));
    const [aAt, bAt, dyAt, yAt, vector, left] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [aVector, bVector, dyVector] = [f.f32x4(), f.f32x4(), f.f32x4()];
    const begin = f.i32(firstVector.mul(16));
    f.for(firstRow, undefined, endRow, 1, () => {
      left.set(length.sub(firstVector.mul(4)));
      yAt.set(y.add(begin));
      if (hasDy) dyAt.set(dy.add(begin));
      if (row.a === 0) aVector.set(F32x4.splat(a));
      else aAt.set(a.add(begin));
      if (row.b === 0) bVector.set(F32x4.splat(b));
      else bAt.set(b.add(begin));
      f.for(vector, firstVector, endVector, 1, () => {
        if (row.a > 0) aVector.set(F32x4.load(aAt));
        if (row.b > 0) bVector.set(F32x4.load(bAt));
        if (hasDy) dyVector.set(F32x4.load(dyAt));
        storeFirst(f, [[yAt, f.f32x4(map(f, aVector, bVector, dyVector))]], left);
        for (const pointer of [
          yAt,
          ...(hasDy ? [dyAt] : []),
          ...(row.a > 0 ? [aAt] : []),
          ...(row.b > 0 ? [bAt] : []),
        ]) {
          pointer.advance(16);
        }
        left.advance(-4);
      });
      for (const place of places) place.advance(pitch.mul(4));
      step(f, axes, a, b);
    });
  });
}

/** An outer axis while a kernel walks, with the present index along it. Strides are in bytes. */
interface WalkedAxis {
  readonly extent: I32;
  readonly a: I32;
  readonly b: I32;
  readonly index: I32Variable;
}

/** Moves a and b from the first row to this one. */
function seek(f: FunctionBuilder, axes: readonly WalkedAxis[], row: I32, a: I32Variable, b: I32Variable): void {
  const rest = f.i32(row);
  for (const axis of axes.toReversed()) {
    axis.index.set(rest.rem(axis.extent));
    rest.set(rest.div(axis.extent));
    a.advance(axis.index.mul(axis.a));
    b.advance(axis.index.mul(axis.b));
  }
}

/** Moves a and b to the next row. */
function step(f: FunctionBuilder, axes: readonly WalkedAxis[], a: I32Variable, b: I32Variable): void {
  const [axis, ...outer] = axes.toReversed();
  if (!axis) return;
  const { extent, index } = axis;
  index.advance(1);
  a.advance(axis.a);
  b.advance(axis.b);
  f.if(index.equals(extent), () => {
    index.set(0);
    a.set(a.sub(extent.mul(axis.a)));
    b.set(b.sub(extent.mul(axis.b)));
    step(f, outer.toReversed(), a, b);
  });
}
