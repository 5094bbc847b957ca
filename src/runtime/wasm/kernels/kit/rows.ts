import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, F32x4, type I32 } from "../../assembler/values.js";
import { split, type Work } from "../../commands/work.js";

// Moving rows, which are runs of neighbouring elements.

/** An axis along which rows lie. Strides are in elements. */
export interface RowAxis {
  readonly extent: number;
  readonly fromStride: number;
  readonly toStride: number;
}

/** The elements of one row that a unit of work has at most. */
const ELEMENTS_OF_UNIT = 16384;
/** The multiply-adds that take as long as one element, and as one row. */
const WORK = { ofElement: 4, ofRow: 100 };
/** The fewest bytes for which the engine's own copying is faster than a loop. */
const BYTES_OF_LONG_ROW = 512;

/**
 * Copies rows.
 *
 * @param axes the axes along which the rows lie, from the outermost on. Those of extent 1 may be left out
 * @param length the elements of a row
 * @param from the address of the first row
 * @param to the address of its copy
 */
export function moveRows(work: Work, axes: readonly RowAxis[], length: number, from: number, to: number): void {
  const blocks = Math.ceil(length / ELEMENTS_OF_UNIT);
  const rows = axes.reduce((product, { extent }) => product * extent, 1);
  const program = work.program(`rows ${axes.length}`, (module) => writeRows(module, axes.length));
  const places = axes.flatMap(({ extent, fromStride, toStride }) => [extent, 4 * fromStride, 4 * toStride]);
  const workOfUnit = WORK.ofElement * Math.min(length, ELEMENTS_OF_UNIT) + WORK.ofRow;
  work.run(program.function("rows"), split([from, to, length, blocks, ...places], rows * blocks, workOfUnit));
}

/** A unit is a block of a row. */
function writeRows(module: ModuleBuilder, axes: number): void {
  const numbers = (prefix: string) => Array.from({ length: axes }, (_, axis) => `${prefix}${axis}`);
  const [extents, fromStrides, toStrides] = [numbers("extent"), numbers("fromStride"), numbers("toStride")];
  const places = extents.flatMap((extent, axis) => [extent, fromStrides[axis] ?? "", toStrides[axis] ?? ""]);
  module.function("rows", ["x", "y", "length", "blocks", ...places, "unit", "end"], (f, named) => {
    const parameter = byName("rows", named);
    const [unit, end, length, blocks] = [parameter("unit"), parameter("end"), parameter("length"), parameter("blocks")];
    const [rest, first, from, to, bytes] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const copy = rowCopier(f);
    f.for(unit, undefined, end, 1, () => {
      first.set(unit.rem(blocks).mul(ELEMENTS_OF_UNIT));
      rest.set(unit.div(blocks));
      from.set(parameter("x").add(first.mul(4)));
      to.set(parameter("y").add(first.mul(4)));
      positionsOf(rest, extents.map(parameter), (axis, position) => {
        from.advance(position.mul(parameter(`fromStride${axis}`)));
        to.advance(position.mul(parameter(`toStride${axis}`)));
      });
      bytes.set(length.sub(first).min(ELEMENTS_OF_UNIT).mul(4));
      copy(to, from, bytes);
    });
  });
}

/** The parameters of a function whose names are known at run time only. */
export function byName(
  called: string,
  parameters: Readonly<Record<string, I32Variable>>,
): (name: string) => I32Variable {
  return (name) => {
    const found = parameters[name];
    if (!found) throw new Error(`${called} has no parameter ${name}`);
    return found;
  };
}

/**
 * Takes a row's number apart into its position along each axis, from the innermost axis on.
 *
 * @param rest the row's number. It is used up
 */
export function positionsOf(
  rest: I32Variable,
  extents: readonly I32[],
  visit: (axis: number, position: I32) => void,
): void {
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis];
    if (axis === 0 || !extent) visit(axis, rest);
    else {
      visit(axis, rest.rem(extent));
      rest.set(rest.div(extent));
    }
  }
}

/** Copies `bytes`, a multiple of four. It changes its arguments. */
export function rowCopier(f: FunctionBuilder): (to: I32Variable, from: I32Variable, bytes: I32Variable) => void {
  const last = f.i32();
  return (to, from, bytes) => {
    f.if(
      bytes.atLeast(BYTES_OF_LONG_ROW),
      () => f.copy(to, from, bytes),
      () => {
        last.set(to.add(bytes.and(-16)));
        f.for(to, undefined, last, 16, () => {
          f.store(to, F32x4.load(from));
          from.advance(16);
        });
        last.set(to.add(bytes.and(15)));
        f.for(to, undefined, last, 4, () => {
          f.store(to, F32.load(from));
          from.advance(4);
        });
      },
    );
  };
}
