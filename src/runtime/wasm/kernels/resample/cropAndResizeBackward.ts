import type { CropAndResizeAttributes } from "../../../../core/attributes.js";
import { F64, F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { F32, I32 } from "../../assembler/scalars.js";
import { evenly, WORK_OF_JOB, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { BoxPoint, boxPoints, POINT_BYTES } from "./boxPoints.js";
import { imageOfBox } from "./imageOfBox.js";

/** The multiply-adds that take as long as one number of dy for one row of pixels. */
const WORK_OF_NUMBER = 8;

/**
 * dimages[n, h, w, c] = Σ weight · dy[b, p, q, c] over the outputs (p, q) that show (h, w), of the boxes b of image n. A
 * row of pixels adds in float64, in the order of the outputs.
 */
export function cropAndResizeBackward(
  work: Work,
  attributes: CropAndResizeAttributes,
  { dy, boxes, boxIndices }: { readonly dy: Span; readonly boxes: Span; readonly boxIndices: Span },
  { dimages }: { readonly dimages: Span },
): void {
  const { n, h, w, c, p, q } = attributes;
  const { rows, columns } = boxPoints(work, attributes, boxes);
  const program = work.program("cropAndResizeBackward", writeGradient);
  const tensors = [dy.address, boxIndices.address, rows.address, columns.address, dimages.address];
  const args = [...tensors, n, h, w * c * 4, c * 4, attributes.boxes, p, q];
  // An output shows two rows at most. Each row of pixels looks at the rows of all its boxes.
  const workOfOutputs = 2 * attributes.boxes * p * q * c * WORK_OF_NUMBER + h * attributes.boxes * p;
  const jobs = evenly(n * h, (workOfOutputs + n * h * w * c * WORK_OF_NUMBER) / WORK_OF_JOB);
  const sums = work.workspace(jobs.length * 2 * w * c);
  work.run(
    program.function("rows"),
    jobs.map(({ first, end }, job) => [...args, sums.address + job * w * c * 8, first, end]),
  );
}

/** A unit is a row of the images. */
function writeGradient(module: ModuleBuilder): void {
  const tensors = ["dy", "boxIndices", "rows", "columns", "dimages"] as const;
  const numbers = ["n", "h", "bytesOfRow", "bytesOfPixel", "boxes", "p", "q", "sums", "unit", "end"] as const;
  module.function("rows", [...tensors, ...numbers], (f, given) => {
    const { dy, boxIndices, rows, columns, dimages, n, h, bytesOfRow, bytesOfPixel, boxes, p, q, sums, unit, end } =
      given;
    const [image, pixelRow, box, row, lastRow, column] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [lastColumn, from, to] = [f.i32(), f.i32(), f.i32(dimages.add(unit.mul(bytesOfRow)))];
    const weight = f.f64();
    const [ofRow, ofColumn] = [new BoxPoint(row), new BoxPoint(column)];
    const add = adder(f, sums, bytesOfPixel);
    /** Adds a row of outputs. */
    const addRow = (rowWeight: F32) => {
      weight.set(F64.from(rowWeight));
      const rowsBefore = row.sub(rows).div(POINT_BYTES);
      from.set(dy.add(rowsBefore.mul(q).mul(bytesOfPixel)));
      column.set(columns.add(box.mul(q).mul(POINT_BYTES)));
      lastColumn.set(column.add(q.mul(POINT_BYTES)));
      f.until(column, lastColumn, POINT_BYTES, () => {
        f.if(ofColumn.isInside, () => add(from, ofColumn.near, weight.mul(F64.from(ofColumn.nearWeight))));
        f.if(ofColumn.isMixed, () => add(from, ofColumn.far, weight.mul(F64.from(ofColumn.farWeight))));
        from.advance(bytesOfPixel);
      });
    };
    f.for(unit, undefined, end, 1, () => {
      image.set(unit.div(h));
      pixelRow.set(unit.rem(h));
      f.clear(sums, bytesOfRow.mul(2));
      f.for(box, 0, boxes, 1, () =>
        imageOfBox(f, boxIndices.add(box.mul(4)), n, (found) =>
          f.if(found.equals(image), () => {
            row.set(rows.add(box.mul(p).mul(POINT_BYTES)));
            lastRow.set(row.add(p.mul(POINT_BYTES)));
            f.until(row, lastRow, POINT_BYTES, () => {
              f.if(ofRow.isInside.differs(0).and(ofRow.near.equals(pixelRow)), () => addRow(ofRow.nearWeight));
              f.if(ofRow.isMixed.differs(0).and(ofRow.far.equals(pixelRow)), () => addRow(ofRow.farWeight));
            });
          }),
        ),
      );
      roundRow(f, sums, bytesOfRow, to);
    });
  });
}

/** Adds a pixel of dy, times a weight, to the sums of a pixel of the images. */
function adder(f: FunctionBuilder, sums: I32, bytesOfPixel: I32): (from: I32, pixel: I32, weight: F64) => void {
  const [at, last, to] = [f.i32(), f.i32(), f.i32()];
  const factor = f.f64x2();
  return (from, pixel, weight) => {
    factor.set(F64x2.splatOf(weight));
    at.set(from);
    last.set(from.add(bytesOfPixel));
    to.set(sums.add(pixel.mul(bytesOfPixel).mul(2)));
    f.for(at, undefined, last.sub(bytesOfPixel.and(7)), 8, () => {
      f.store(to, F64x2.load(to).add(F64x2.loadFloats(at).mul(factor)));
      to.advance(16);
    });
    f.if(at.differs(last), () => f.store(to, F64.load(to).add(F64.loadFloat(at).mul(factor.lane(0)))));
  };
}

/** Writes the sums of a row, rounded, and advances `to` behind it. */
function roundRow(f: FunctionBuilder, sums: I32, bytesOfRow: I32, to: I32Variable): void {
  const [at, last] = [f.i32(), f.i32()];
  at.set(sums);
  last.set(to.add(bytesOfRow));
  f.for(to, undefined, last.sub(bytesOfRow.and(15)), 16, () => {
    f.store(to, roundedPairs(F64x2.load(at), F64x2.load(at, 16)));
    at.advance(32);
  });
  f.for(to, undefined, last, 4, () => {
    f.store(to, F64.load(at).toF32());
    at.advance(8);
  });
}
