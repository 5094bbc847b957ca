import type { MaxPool2dBackwardAttributes } from "../../../../core/attributes.js";
import type { I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** The multiply-adds that take as long as one number of a tap. */
const WORK_OF_TAP = 4;

/**
 * The gradient of max pooling by loops over the taps of each window. A unit is four channels of an image. Its windows
 * add their dy in order.
 */
export function searchWindows(
  work: Work,
  attributes: MaxPool2dBackwardAttributes,
  { x, dy }: { readonly x: Span; readonly dy: Span },
  dx: Span,
): void {
  const { n, ...geometry } = attributes.geometry;
  const key = `maxPool2dBackward search ${JSON.stringify({ ...attributes, geometry })}`;
  const program = work.program(key, (module) => writeSearch(module, attributes));
  const { p, q, r, s, c } = geometry;
  const args = [x.address, dy.address, dx.address];
  work.run(program.function("images"), split(args, n * Math.ceil(c / 4), 4 * WORK_OF_TAP * p * q * r * s));
}

function writeSearch(module: ModuleBuilder, { geometry: g, ties, rectified }: MaxPool2dBackwardAttributes): void {
  const pixel = g.c * 4;
  const vectors = Math.ceil(g.c / 4);
  const height = { stride: g.strideHeight, dilation: g.dilationHeight, window: g.r, input: g.h, pad: g.padTop };
  const width = { stride: g.strideWidth, dilation: g.dilationWidth, window: g.s, input: g.w, pad: g.padLeft };
  module.function("images", ["x", "dy", "dx", "unit", "end"], (f, { x, dy, dx, unit, end }) => {
    const [image, vector, p, q, from, to] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [firstRow, firstColumn, lastRow, lastColumn] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const [row, at, rowEnd, columnEnd, toDx, place] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [value, maximum, where, gradient] = [f.f32x4(), f.f32x4(), f.f32x4(), f.f32x4()];
    const mask = f.i32x4();
    const firstTap = () => from.add(firstRow.mul(g.w).add(firstColumn).mul(pixel));
    // A larger step would leave the input too, but might pass the end of the addresses.
    const steps = {
      row: Math.min(g.dilationHeight, g.h) * g.w * pixel,
      column: Math.min(g.dilationWidth, g.w) * pixel,
    };
    /** Visits the taps of a window from its first row and column on. `at` is a tap's address in x. */
    const forEachTap = (visit: () => void) => {
      row.set(firstTap());
      rowEnd.set(row.add(lastRow.sub(firstRow).mul(g.w * pixel)));
      f.for(row, undefined, rowEnd, steps.row, () => {
        at.set(row);
        columnEnd.set(row.add(lastColumn.sub(firstColumn).mul(pixel)));
        f.for(at, undefined, columnEnd, steps.column, visit);
      });
    };
    const forEachPixel = (visit: () => void) => {
      at.set(from);
      f.until(at, from.add(g.h * g.w * pixel), pixel, visit);
    };
    const findFirst = () => {
      place.set(firstTap());
      maximum.set(F32x4.load(place));
      where.set(I32x4.splatOf(place).asF32x4());
      forEachTap(() => {
        value.set(F32x4.load(at));
        const isNan = value.differs(value).andNot(maximum.differs(maximum));
        mask.set(value.greater(maximum).or(isNan));
        maximum.set(value.select(mask, maximum));
        where.set(I32x4.splatOf(at).asF32x4().select(mask, where));
      });
    };
    const findMaximum = () => {
      maximum.set(F32x4.of(Number.NEGATIVE_INFINITY));
      mask.set(I32x4.of(0));
      forEachTap(() => {
        value.set(F32x4.load(at));
        mask.set(mask.or(value.differs(value)));
        maximum.set(maximum.pseudoMax(value));
      });
      maximum.set(maximum.bits().or(mask).asF32x4());
    };
    const addToFirst = (lanes: number) => {
      for (let lane = 0; lane < lanes; lane++) {
        place.set(where.bits().lane(lane).add(toDx));
        f.store(place, F32.load(place, 4 * lane).add(gradient.lane(lane)), 4 * lane);
      }
    };
    const addToAll = (lanes: number) => {
      forEachTap(() => {
        place.set(at.add(toDx));
        const given = gradient.where(F32x4.load(at).equals(maximum));
        value.set(F32x4.load(place).add(given));
        f.storeLanes(place, value, lanes);
      });
    };
    const images = (lanes: number) => {
      forEachPixel(() => {
        place.set(at.add(toDx));
        value.set(F32x4.of(0));
        f.storeLanes(place, value, lanes);
      });
      f.for(p, 0, g.p, 1, () => {
        limits(p, height, firstRow, lastRow);
        f.for(q, 0, g.q, 1, () => {
          limits(q, width, firstColumn, lastColumn);
          gradient.set(F32x4.load(to));
          to.advance(pixel);
          if (ties === "first") {
            findFirst();
            addToFirst(lanes);
          } else {
            findMaximum();
            addToAll(lanes);
          }
        });
      });
      if (!rectified) return;
      forEachPixel(() => {
        place.set(at.add(toDx));
        value.set(F32x4.load(place).whereNot(F32x4.load(at).atMost(F32x4.of(0))));
        f.storeLanes(place, value, lanes);
      });
    };
    f.for(unit, undefined, end, 1, () => {
      image.set(unit.div(vectors));
      vector.set(unit.rem(vectors));
      toDx.set(dx.sub(x));
      from.set(x.add(image.mul(g.h * g.w * pixel)).add(vector.mul(16)));
      to.set(dy.add(image.mul(g.p * g.q * pixel)).add(vector.mul(16)));
      if (g.c % 4 === 0) images(4);
      else if (vectors === 1) images(g.c);
      else
        f.if(
          vector.equals(vectors - 1),
          () => images(g.c % 4),
          () => images(4),
        );
    });
  });
}

interface SearchAxis {
  readonly stride: number;
  readonly dilation: number;
  readonly window: number;
  readonly input: number;
  readonly pad: number;
}

/** The first position of a window in the input, and the position after its last one, or the end of the input. */
function limits(
  output: I32,
  { stride, dilation, window, input, pad }: SearchAxis,
  first: I32Variable,
  last: I32Variable,
): void {
  const start = output.mul(stride);
  const tapsInPadding = I32.of(pad + dilation - 1)
    .sub(start)
    .div(dilation)
    .when(start.less(pad), 0);
  first.set(start.add(tapsInPadding.mul(dilation)).sub(pad));
  last.set(
    start
      .add((window - 1) * dilation + 1)
      .sub(pad)
      .min(input),
  );
}
