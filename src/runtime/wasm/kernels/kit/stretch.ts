import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { joinAxes } from "./axes.js";
import { byName } from "./rows.js";

/** The elements of one row that a unit of work has at most. */
const ELEMENTS_OF_UNIT = 4096;
/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 4;

/** What an element of dx is computed from. `x` is of the full shape, the others of the reduced shape. */
interface Stretched {
  readonly x?: Span;
  readonly extremum?: Span;
  readonly dy: Span;
  readonly count?: Span;
}

/** dx = dy / divisor, stretched along the reduced axes. */
export function stretchQuotient(work: Work, attributes: ReduceAttributes, dy: Span, divisor: number, dx: Span): void {
  stretch(work, "quotient", attributes, { dy }, divisor, dx);
}

/** 1 where x equals its extremum, also where both are NaN, and 0 elsewhere. */
export function markExtrema(work: Work, attributes: ReduceAttributes, x: Span, extremum: Span, marks: Span): void {
  stretch(work, "marks", attributes, { x, extremum, dy: extremum }, 1, marks);
}

/** dx = dy / count where x equals its extremum, also where both are NaN, and 0 elsewhere. */
export function shareExtrema(
  work: Work,
  attributes: ReduceAttributes,
  from: { readonly x: Span; readonly extremum: Span; readonly dy: Span; readonly count: Span },
  dx: Span,
): void {
  stretch(work, "shares", attributes, from, 1, dx);
}

type Formula = "quotient" | "marks" | "shares";

function stretch(
  work: Work,
  formula: Formula,
  { shape, keptShape }: ReduceAttributes,
  { x, extremum, dy, count }: Stretched,
  divisor: number,
  dx: Span,
): void {
  const joined = joinAxes(shape, keptShape);
  const axes = joined.length > 0 ? joined : [{ extent: 1, kept: true }];
  const length = axes.at(-1)?.extent ?? 1;
  const blocks = Math.ceil(length / ELEMENTS_OF_UNIT);
  const between = axes.slice(1, -1).map(({ extent }) => extent);
  const kept = axes.map((axis) => axis.kept);
  const program = work.program(`stretch ${formula} ${kept.join(" ")}`, (module) => writeStretch(module, formula, kept));
  const addresses = [x, extremum, dy, count, dx].map((span) => span?.address ?? 0);
  const units = (dx.elements / length) * blocks;
  const args = [...addresses, divisor, length, blocks, ...between];
  work.run(program.function("stretch"), split(args, units, WORK_OF_ELEMENT * Math.min(length, ELEMENTS_OF_UNIT)));
}

/**
 * A unit is a block of a row, which is the innermost axis.
 *
 * @param kept whether each axis is kept, from the outermost on
 */
function writeStretch(module: ModuleBuilder, formula: Formula, kept: readonly boolean[]): void {
  // The row's position along these axes gives its place in tensors of the reduced shape.
  const outer = kept.slice(0, -1);
  const extents = outer.slice(1).map((_, axis) => `extent${axis}`);
  const parameters = ["x", "extremum", "dy", "count", "dx", "divisor", "length", "blocks", ...extents, "unit", "end"];
  module.function("stretch", parameters, (f, named) => {
    const parameter = byName("stretch", named);
    const [unit, end, length, blocks] = [parameter("unit"), parameter("end"), parameter("length"), parameter("blocks")];
    const [row, first, rest, stride, place] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [at, last, to] = [f.i32(), f.i32(), f.i32()];
    const keepsRow = kept.at(-1) ?? true;
    const divisor = f.f32x4(F32x4.splatOf(parameter("divisor").toF32()));
    /** Four values of a tensor of the reduced shape. `at` is the position in the row, in bytes. */
    const stretched = (name: string): F32x4 => {
      const start = parameter(name).add(place);
      return keepsRow ? F32x4.load(start.add(at)) : F32x4.splat(start);
    };
    const [value, mark] = [f.f32x4(), f.i32x4()];
    const four = (lanes: number) => {
      if (formula === "quotient") value.set(stretched("dy").div(divisor));
      else {
        const [x, extremum] = [F32x4.load(parameter("x").add(to)), stretched("extremum")];
        mark.set(x.equals(extremum).or(x.differs(x).and(extremum.differs(extremum))));
        const marked = formula === "marks" ? F32x4.of(1) : stretched("dy").div(stretched("count"));
        value.set(marked.where(mark));
      }
      f.storeLanes(parameter("dx").add(to), value, lanes);
      to.advance(4 * lanes);
    };
    const upTo = (elements: I32) => last.set(elements.mul(4));
    f.for(unit, undefined, end, 1, () => {
      row.set(unit.div(blocks));
      first.set(unit.rem(blocks).mul(ELEMENTS_OF_UNIT));
      place.set(0);
      stride.set(keepsRow ? length : 1);
      rest.set(row);
      for (let axis = outer.length - 1; axis >= 0; axis--) {
        const extent = axis > 0 ? parameter(`extent${axis - 1}`) : undefined;
        if (outer[axis]) {
          place.advance((extent ? rest.rem(extent) : rest).mul(stride));
          if (extent) stride.set(stride.mul(extent));
        }
        if (extent) rest.set(rest.div(extent));
      }
      place.set(place.mul(4));
      to.set(row.mul(length).add(first).mul(4));
      at.set(first.mul(4));
      const stop = first.add(ELEMENTS_OF_UNIT).min(length);
      upTo(first.add(stop.sub(first).and(-4)));
      f.for(at, undefined, last, 16, () => four(4));
      upTo(stop);
      f.for(at, undefined, last, 4, () => four(1));
    });
  });
}
