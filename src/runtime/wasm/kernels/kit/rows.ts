import { existing } from "../../../../core/objects.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
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
  const places = new RowPlaces(axes, 3);
  const program = work.program(`rows ${places.key}`, (module) => writeRows(module, places));
  const workOfUnit = WORK.ofElement * Math.min(length, ELEMENTS_OF_UNIT) + WORK.ofRow;
  work.run(program.function("rows"), split([from, to, length, blocks, ...places.values], rows * blocks, workOfUnit));
}

/** The axes along which rows lie: as parameters of a function, or as constants if there would be too many parameters. */
export class RowPlaces {
  /** What the function depends on. */
  readonly key: string;
  /** The parameters' names and values. */
  readonly names: readonly string[];
  readonly values: readonly number[];

  /** @param mostAxes the most axes that may be parameters */
  constructor(
    private readonly axes: readonly RowAxis[],
    mostAxes: number,
  ) {
    const areParameters = axes.length <= mostAxes;
    const numbers = axes.flatMap(({ extent, fromStride, toStride }) => [extent, 4 * fromStride, 4 * toStride]);
    const names = axes.flatMap((_, axis) => [`extent${axis}`, `fromStride${axis}`, `toStride${axis}`]);
    this.key = areParameters ? `${axes.length}` : numbers.join(" ");
    this.names = areParameters ? names : [];
    this.values = areParameters ? numbers : [];
  }

  /**
   * Writes the place of a row.
   *
   * @param row the row's number. It is used up
   * @param from gets the bytes from the first row added. So does `to`
   */
  write(row: I32Variable, from: I32Variable, to: I32Variable, parameter: (name: string) => I32): void {
    const extents = this.axes.map(({ extent }, axis) => this.#number(`extent${axis}`, extent, parameter));
    positionsOf(row, extents, (axis, position) => {
      const { fromStride, toStride } = existing(this.axes[axis]);
      from.advance(position.mul(this.#number(`fromStride${axis}`, 4 * fromStride, parameter)));
      to.advance(position.mul(this.#number(`toStride${axis}`, 4 * toStride, parameter)));
    });
  }

  #number(name: string, value: number, parameter: (name: string) => I32): I32 {
    return this.names.length > 0 ? parameter(name) : I32.of(value);
  }
}

/** A unit is a block of a row. */
function writeRows(module: ModuleBuilder, places: RowPlaces): void {
  module.function("rows", ["x", "y", "length", "blocks", ...places.names, "unit", "end"], (f, named) => {
    const parameter = byName("rows", named);
    const [unit, end, length, blocks] = [parameter("unit"), parameter("end"), parameter("length"), parameter("blocks")];
    const [rest, first, from, to, bytes] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const copy = rowCopier(f);
    f.for(unit, undefined, end, 1, () => {
      first.set(unit.rem(blocks).mul(ELEMENTS_OF_UNIT));
      rest.set(unit.div(blocks));
      from.set(parameter("x").add(first.mul(4)));
      to.set(parameter("y").add(first.mul(4)));
      places.write(rest, from, to, parameter);
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
function positionsOf(rest: I32Variable, extents: readonly I32[], visit: (axis: number, position: I32) => void): void {
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
