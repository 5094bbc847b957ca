import type { TransposeAttributes } from "../../../../core/attributes.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { byName, moveRows, type RowAxis, RowPlaces } from "../kit/rows.js";

/**
 * The elements of one block: a few cache lines of x for each line of y, and as many lines as the first cache can hold if
 * they lie at multiples of 256 bytes.
 */
const BLOCK = { alongX: 16, alongY: 64 };
/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 6;

/** y[position] = x[Σ position · strides]. */
export function transpose(
  work: Work,
  attributes: TransposeAttributes,
  { x }: { readonly x: Span },
  { y }: { readonly y: Span },
): void {
  const axes = joined(attributes);
  const last = axes.at(-1);
  if (!last) moveRows(work, [], 1, x.address, y.address);
  else if (last.fromStride === 1) moveRows(work, axes.slice(0, -1), last.extent, x.address, y.address);
  else moveTiles(work, axes, x, y);
}

/** The axes of y without those of extent 1. Neighbours that are neighbours in x too are joined. */
function joined({ extents, strides }: TransposeAttributes): readonly RowAxis[] {
  const axes: RowAxis[] = [];
  let toStride = 1;
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const [extent, fromStride] = [extents[axis] ?? 1, strides[axis] ?? 0];
    const inner = axes[0];
    if (extent > 1) {
      if (inner && fromStride === inner.fromStride * inner.extent) {
        axes[0] = { ...inner, extent: inner.extent * extent };
      } else axes.unshift({ extent, fromStride, toStride });
    }
    toStride *= extent;
  }
  return axes;
}

/** Moves tiles of 4 × 4 elements: along the axis that is innermost in y, and along the one that is innermost in x. */
function moveTiles(work: Work, axes: readonly RowAxis[], x: Span, y: Span): void {
  const alongY = axes.at(-1);
  const alongX = axes.find(({ fromStride }) => fromStride === 1);
  if (!alongY || !alongX) throw new Error("a transposed tensor has an innermost axis");
  const outer = axes.filter((axis) => axis !== alongX && axis !== alongY);
  const [xExtent, yExtent] = [alongX.extent, alongY.extent];
  const blocks = [Math.ceil(xExtent / BLOCK.alongX), Math.ceil(yExtent / BLOCK.alongY)] as const;
  const places = new RowPlaces(outer, 2);
  const program = work.program(`tiles ${xExtent % 4} ${yExtent % 4} ${places.key}`, (module) =>
    writeTiles(module, places, xExtent % 4, yExtent % 4),
  );
  const args = [x.address, y.address, xExtent, yExtent, 4 * alongY.fromStride, 4 * alongX.toStride, ...blocks];
  const units = outer.reduce((product, { extent }) => product * extent, blocks[0] * blocks[1]);
  const elements = Math.min(xExtent, BLOCK.alongX) * Math.min(yExtent, BLOCK.alongY);
  work.run(program.function("tiles"), split([...args, ...places.values], units, WORK_OF_ELEMENT * elements));
}

/**
 * A unit is a block.
 *
 * @param places the other axes
 * @param xRest the elements along x's innermost axis that four does not divide
 * @param yRest the same for y's innermost axis
 */
function writeTiles(module: ModuleBuilder, places: RowPlaces, xRest: number, yRest: number): void {
  const sizes = ["xExtent", "yExtent", "xStep", "yStep", "xBlocks", "yBlocks"];
  module.function("tiles", ["x", "y", ...sizes, ...places.names, "unit", "end"], (f, named) => {
    const parameter = byName("tiles", named);
    const [unit, end] = [parameter("unit"), parameter("end")];
    // The bytes from one row to the next: the rows of x lie along y's innermost axis, and vice versa.
    const [xStep, yStep] = [parameter("xStep"), parameter("yStep")];
    const [xStep2, yStep2] = [f.i32(xStep.mul(2)), f.i32(yStep.mul(2))];
    const [xStep3, yStep3] = [f.i32(xStep.mul(3)), f.i32(yStep.mul(3))];
    const [rest, a, aEnd, b, bEnd] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [corner, target, from, to, last] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const rows = f.vectors(4);
    const pairs = f.vectors(4);
    const stepsOf = (step: I32, twice: I32, thrice: I32, from: I32) =>
      [from, from.add(step), from.add(twice), from.add(thrice)] as const;

    /** Moves a tile of fewer than four rows at an edge. */
    const tile = (xCount: number, yCount: number) => {
      for (const [i, address] of stepsOf(xStep, xStep2, xStep3, from).entries()) {
        // A row beyond the edge may be beyond the tensor.
        rows[i]?.set(F32x4.load(i < yCount ? address : from));
      }
      const [r0, r1, r2, r3] = rows;
      const [p0, p1, p2, p3] = pairs;
      if (!r0 || !r1 || !r2 || !r3 || !p0 || !p1 || !p2 || !p3) throw new Error("a tile has four rows");
      p0.set(r0.shuffle(r1, [0, 4, 1, 5]));
      p1.set(r2.shuffle(r3, [0, 4, 1, 5]));
      p2.set(r0.shuffle(r1, [2, 6, 3, 7]));
      p3.set(r2.shuffle(r3, [2, 6, 3, 7]));
      const columns = [
        p0.shuffle(p1, [0, 1, 4, 5]),
        p0.shuffle(p1, [2, 3, 6, 7]),
        p2.shuffle(p3, [0, 1, 4, 5]),
        p2.shuffle(p3, [2, 3, 6, 7]),
      ];
      for (const [i, address] of stepsOf(yStep, yStep2, yStep3, to).slice(0, xCount).entries()) {
        const column = columns[i];
        if (column) f.storeLanes(address, column, yCount);
      }
    };
    /** Moves up to four rows of y. */
    const rowsOfY = (xCount: number) => {
      from.set(corner);
      to.set(target);
      last.set(target.add(bEnd.sub(b).and(-4).mul(4)));
      f.for(to, undefined, last, 16, () => {
        tile(xCount, 4);
        from.advance(xStep.mul(4));
      });
      if (yRest > 0) f.if(bEnd.and(3), () => tile(xCount, yRest));
    };

    f.for(unit, undefined, end, 1, () => {
      rest.set(unit.div(parameter("xBlocks")));
      a.set(unit.rem(parameter("xBlocks")).mul(BLOCK.alongX));
      b.set(rest.rem(parameter("yBlocks")).mul(BLOCK.alongY));
      rest.set(rest.div(parameter("yBlocks")));
      corner.set(parameter("x").add(a.mul(4)).add(b.mul(xStep)));
      target.set(parameter("y").add(a.mul(yStep)).add(b.mul(4)));
      places.write(rest, corner, target, parameter);
      aEnd.set(a.add(BLOCK.alongX).min(parameter("xExtent")));
      bEnd.set(b.add(BLOCK.alongY).min(parameter("yExtent")));
      f.for(a, undefined, aEnd.and(-4), 4, () => {
        rowsOfY(4);
        corner.advance(16);
        target.advance(yStep.mul(4));
      });
      if (xRest > 0) f.if(aEnd.and(3), () => rowsOfY(xRest));
    });
  });
}
