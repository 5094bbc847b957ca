import type { CropAndResizeAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** The bytes of a point in a table. */
export const POINT_BYTES = 16;
/** The multiply-adds that take as long as one point. */
const WORK_OF_POINT = 40;

/** Tables of the points of all boxes: [boxes, p] along the height, [boxes, q] along the width. */
export interface BoxPoints {
  readonly rows: Span;
  readonly columns: Span;
}

/** Queues the writing of the tables. */
export function boxPoints(work: Work, g: CropAndResizeAttributes, boxes: Span): BoxPoints {
  const program = work.program(`box points ${g.nearest}`, (module) => writePoints(module, g.nearest));
  const alongAxis = (corner: number, outputs: number, extent: number) => {
    const points = g.boxes * outputs;
    const table = work.workspace((points * POINT_BYTES) / 4);
    const args = [boxes.address + 4 * corner, table.address, outputs, extent];
    work.run(program.function("points"), split(args, points, WORK_OF_POINT));
    return table;
  };
  return { rows: alongAxis(0, g.p, g.h), columns: alongAxis(1, g.q, g.w) };
}

/** A point of a table: the pixels between which it lies, and their weights. */
export class BoxPoint {
  constructor(private readonly address: I32) {}

  get near(): I32 {
    return I32.load(this.address);
  }

  /** The pixel after `near`, or the same one if its weight would be 0. */
  get far(): I32 {
    return I32.load(this.address, 4);
  }

  get nearWeight(): F32 {
    return F32.load(this.address, 8);
  }

  get farWeight(): F32 {
    return F32.load(this.address, 12);
  }

  /** Whether the point is inside the image. If not, both weights are 0. */
  get isInside(): I32 {
    return I32.load(this.address, 8);
  }

  /** Whether the point shows two pixels. */
  get isMixed(): I32 {
    return I32.load(this.address, 12);
  }
}

/**
 * A unit is an output position of a box. It shows the point (begin · (outputs − 1 − i) + end · i) · (extent − 1) /
 * (outputs − 1), or the middle of the box if it is the only one. Its numerator is computed in float32, because the
 * rounding may decide whether the point is inside the image.
 */
function writePoints(module: ModuleBuilder, nearest: boolean): void {
  module.function(
    "points",
    ["boxes", "table", "outputs", "extent", "unit", "end"],
    (f, { boxes, table, outputs, extent, unit, end }) => {
      const [box, i, near, isPastMiddle] = [f.i32(), f.i32(), f.i32(), f.i32()];
      const [sum, numerator] = [f.f32(), f.f32()];
      const [whole, rest] = [f.f64(), f.f64()];
      const isOne = outputs.equals(1);
      const last = extent.sub(1);
      table.advance(unit.mul(POINT_BYTES));
      whole.set(F64.of(2).when(isOne, F64.fromInteger(outputs.sub(1))));
      f.for(unit, undefined, end, 1, () => {
        box.set(boxes.add(unit.div(outputs).mul(16)));
        i.set(unit.rem(outputs));
        const fromBegin = I32.of(1).when(isOne, outputs.sub(1).sub(i));
        const fromEnd = I32.of(1).when(isOne, i);
        sum.set(F32.load(box).mul(fromBegin.toF32()).add(F32.load(box, 8).mul(fromEnd.toF32())));
        numerator.set(sum.mul(last.toF32()));
        near.set(F64.from(numerator).div(whole).toInteger());
        rest.set(F64.from(numerator).sub(F64.fromInteger(near).mul(whole)));
        const hasValue = sum.sub(sum).equals(F32.of(0));
        const isBetween = F32.of(0)
          .atMost(sum)
          .and(F64.from(sum).less(whole).or(F64.from(sum).equals(whole)));
        const store = (far: I32, nearWeight: F32, farWeight: F32) =>
          storePoint(f, table, near, far, nearWeight, farWeight);
        const one = () => store(near, F32.of(1), F32.of(0));
        f.if(
          hasValue.and(isBetween.or(extent.equals(1))),
          () => {
            if (nearest) {
              isPastMiddle.set(rest.add(rest).less(whole).equals(0).and(near.less(last)));
              near.advance(isPastMiddle);
              one();
            } else
              f.if(rest.equals(F64.of(0)).or(near.equals(last)), one, () =>
                store(near.add(1), whole.sub(rest).div(whole).toF32(), rest.div(whole).toF32()),
              );
          },
          () => store(near, F32.of(0), F32.of(0)),
        );
        table.advance(POINT_BYTES);
      });
    },
  );
}

function storePoint(f: FunctionBuilder, table: I32, near: I32, far: I32, nearWeight: F32, farWeight: F32): void {
  f.store(table, near);
  f.store(table, far, 4);
  f.store(table, nearWeight, 8);
  f.store(table, farWeight, 12);
}
