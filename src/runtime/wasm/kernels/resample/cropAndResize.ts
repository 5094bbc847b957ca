import type { CropAndResizeAttributes } from "../../../../core/attributes.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { BoxPoint, boxPoints, POINT_BYTES } from "./boxPoints.js";
import { imageOfBox } from "./imageOfBox.js";

/** The multiply-adds that take as long as one number of the output, and as one pixel besides. */
const WORK = { ofNumber: 6, ofPixel: 40 };

/**
 * y[b, p, q, c] = Σ weight · images[n, h, w, c] over the pixels around the point of (p, q) in box b, of image n; or the
 * nearest pixel. The constant if the point is outside the image, and NaN if the box has no image.
 */
export function cropAndResize(
  work: Work,
  attributes: CropAndResizeAttributes,
  { images, boxes, boxIndices }: { readonly images: Span; readonly boxes: Span; readonly boxIndices: Span },
  { y }: { readonly y: Span },
): void {
  const { n, h, w, c, p, q, value } = attributes;
  const { rows, columns } = boxPoints(work, attributes, boxes);
  const program = work.program("cropAndResize", writeCrops);
  const [bits = 0] = new Int32Array(new Float32Array([value]).buffer);
  const tensors = [images.address, boxIndices.address, rows.address, columns.address, y.address];
  const args = [...tensors, n, h, w * c * 4, c * 4, p, q, bits];
  const workOfRow = q * (WORK.ofNumber * c + WORK.ofPixel);
  work.run(program.function("rows"), split(args, attributes.boxes * p, workOfRow));
}

/** A unit is a row of an output. */
function writeCrops(module: ModuleBuilder): void {
  const tensors = ["images", "boxIndices", "rows", "columns", "y"] as const;
  const numbers = ["n", "h", "bytesOfRow", "bytesOfPixel", "p", "q", "value", "unit", "end"] as const;
  module.function("rows", [...tensors, ...numbers], (f, given) => {
    const { images, boxIndices, y, n, h, bytesOfRow, bytesOfPixel, p, q, unit, end } = given;
    const [box, row, column, lastColumn, nearRow, farRow] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const value = f.f32x4(I32x4.splatOf(given.value).asF32x4());
    const to = f.i32(y.add(unit.mul(q).mul(bytesOfPixel)));
    const [ofRow, ofColumn] = [new BoxPoint(row), new BoxPoint(column)];
    const fill = filler(f, to);
    const mix = mixer(f, to);
    f.for(unit, undefined, end, 1, () => {
      box.set(unit.div(p));
      row.set(given.rows.add(unit.mul(POINT_BYTES)));
      imageOfBox(
        f,
        boxIndices.add(box.mul(4)),
        n,
        (found) => {
          const rowOf = (pixel: I32) => images.add(found.mul(h).add(pixel).mul(bytesOfRow));
          nearRow.set(rowOf(ofRow.near));
          farRow.set(rowOf(ofRow.far));
          column.set(given.columns.add(box.mul(q).mul(POINT_BYTES)));
          lastColumn.set(column.add(q.mul(POINT_BYTES)));
          f.until(column, lastColumn, POINT_BYTES, () => {
            f.if(
              ofRow.isInside.differs(0).and(ofColumn.isInside.differs(0)),
              () => mix([nearRow, farRow], ofRow, ofColumn, bytesOfPixel),
              () => fill(value, bytesOfPixel),
            );
          });
        },
        () => fill(F32x4.of(Number.NaN), q.mul(bytesOfPixel)),
      );
    });
  });
}

/** Writes the same number to a range of bytes, and advances `to` behind it. */
function filler(f: FunctionBuilder, to: I32Variable): (value: F32x4, bytes: I32) => void {
  const last = f.i32();
  return (value, bytes) => forEachVector(f, to, last, bytes, (lanes) => f.storeLanes(to, value, lanes));
}

type Mix = (rows: readonly [near: I32, far: I32], ofRow: BoxPoint, ofColumn: BoxPoint, bytesOfPixel: I32) => void;

/** Writes the mixture of four pixels, and advances `to` behind it. */
function mixer(f: FunctionBuilder, to: I32Variable): Mix {
  const [last, toFarColumn, toFarRow, from] = [f.i32(), f.i32(), f.i32(), f.i32()];
  const [near, far] = [f.f32x4(), f.f32x4()];
  const [nearRow, farRow, nearColumn, farColumn] = [f.f32x4(), f.f32x4(), f.f32x4(), f.f32x4()];
  const zero = F32x4.of(0);
  // A pixel of weight 0 adds nothing, even if it is infinite. And −0 alone stays −0.
  const mixed = (a: F32x4, b: F32x4, weightOfA: F32x4, weightOfB: F32x4) =>
    a.select(weightOfB.equals(zero), a.mul(weightOfA).add(b.mul(weightOfB)));
  const columns = (first: I32) => mixed(F32x4.load(first), F32x4.load(first.add(toFarColumn)), nearColumn, farColumn);
  return ([firstRow, secondRow], ofRow, ofColumn, bytesOfPixel) => {
    nearRow.set(F32x4.splatOf(ofRow.nearWeight));
    farRow.set(F32x4.splatOf(ofRow.farWeight));
    nearColumn.set(F32x4.splatOf(ofColumn.nearWeight));
    farColumn.set(F32x4.splatOf(ofColumn.farWeight));
    from.set(firstRow.add(ofColumn.near.mul(bytesOfPixel)));
    toFarRow.set(secondRow.sub(firstRow));
    toFarColumn.set(ofColumn.far.sub(ofColumn.near).mul(bytesOfPixel));
    forEachVector(f, to, last, bytesOfPixel, (lanes) => {
      near.set(columns(from));
      far.set(columns(from.add(toFarRow)));
      f.storeLanes(to, mixed(near, far, nearRow, farRow), lanes);
      from.advance(4 * lanes);
    });
  };
}

/** Visits the numbers of a range of bytes: four at a time, then one at a time. */
function forEachVector(
  f: FunctionBuilder,
  to: I32Variable,
  last: I32Variable,
  bytes: I32,
  visit: (lanes: number) => void,
): void {
  last.set(to.add(bytes));
  f.for(to, undefined, last.sub(bytes.and(15)), 16, () => visit(4));
  f.for(to, undefined, last, 4, () => visit(1));
}
