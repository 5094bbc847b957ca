import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import type { FilterProducts } from "./filterProducts.js";

/** Taps whose sums stay in registers, and taps whose loads do. */
const TAPS_OF_PASS = 10;
const TAPS_OF_BLOCK = 3;

/**
 * A function (x, dy, dw, row, endRow) for a convolution whose groups have one channel of x and one of dy:
 *
 *     dw[tap, c] = Σ x[image, row, pixel, tap, c] · dy[image, row, pixel, c]
 *
 * over the rows from `row` up to `endRow`. It takes four channels at a time, and adds the sums of the rows in order.
 */
export function writeDepthwiseFilter(
  module: ModuleBuilder,
  name: string,
  { rows, pixels, x: steps, taps, channels }: FilterProducts,
  relaxedSimd: boolean,
): void {
  const pixelOfDy = 4 * channels;
  module.function(name, ["x", "dy", "dw", "row", "endRow"], (f, p) => {
    const [row, xRow, dyRow] = [f.i32(), f.i32(), f.i32()];
    const [xVector, dyVector, dwVector, vectorEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const [a, b, bEnd] = [f.i32(), f.i32(), f.i32()];
    const sums = f.vectors(TAPS_OF_PASS);
    const [gradient, value] = [f.f32x4(), f.f32x4()];

    /** Adds the sums of a row for some taps and some channels. */
    const pass = (offsets: readonly number[], firstTap: number, lanes: number) => {
      const sumsOfPass = sums.slice(0, offsets.length);
      for (const sum of sumsOfPass) sum.set(F32x4.of(0));
      a.set(xVector);
      b.set(dyVector);
      bEnd.set(b.add(pixels * pixelOfDy));
      f.until(b, bEnd, pixelOfDy, () => {
        gradient.set(F32x4.load(b));
        f.inBlocks(Math.ceil(offsets.length / TAPS_OF_BLOCK), a, (block) => {
          const first = block * TAPS_OF_BLOCK;
          for (const [i, sum] of sumsOfPass.slice(first, first + TAPS_OF_BLOCK).entries()) {
            value.set(F32x4.load(a, offsets[first + i]));
            sum.set(relaxedSimd ? value.relaxedMadd(gradient, sum) : sum.add(value.mul(gradient)));
          }
        });
        a.advance(steps.pixel);
      });
      const offsetOf = (i: number) => (firstTap + i) * pixelOfDy;
      f.if(row.differs(p.row), () => {
        for (const [i, sum] of sumsOfPass.entries()) sum.set(F32x4.load(dwVector, offsetOf(i)).add(sum));
      });
      for (const [i, sum] of sumsOfPass.entries()) f.storeLanes(dwVector, sum, lanes, offsetOf(i));
    };

    const passes = passesOf(taps);
    const vector = (lanes: number) => {
      for (const { offsets, first } of passes) pass(offsets, first, lanes);
      for (const at of [xVector, dyVector, dwVector]) at.advance(16);
    };

    f.for(row, p.row, p.endRow, 1, () => {
      xRow.set(p.x.add(row.div(rows).mul(steps.image)).add(row.rem(rows).mul(steps.row)));
      dyRow.set(p.dy.add(row.mul(pixels * pixelOfDy)));
      xVector.set(xRow);
      dyVector.set(dyRow);
      dwVector.set(p.dw);
      const full = Math.floor(channels / 4);
      if (full > 0) {
        vectorEnd.set(dwVector.add(16 * full));
        f.until(dwVector, vectorEnd, 0, () => vector(4));
      }
      if (channels % 4 > 0) vector(channels % 4);
    });
  });
}

/** The taps in parts of nearly equal size, with their distances from a window's begin in bytes. */
function passesOf({ rows, columns, rowStep, columnStep }: FilterProducts["taps"]) {
  const offsets = Array.from({ length: rows * columns }, (_, tap) => {
    return Math.floor(tap / columns) * rowStep + (tap % columns) * columnStep;
  });
  const count = Math.ceil(offsets.length / TAPS_OF_PASS);
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((offsets.length * i) / count);
    return { first, offsets: offsets.slice(first, Math.floor((offsets.length * (i + 1)) / count)) };
  });
}
