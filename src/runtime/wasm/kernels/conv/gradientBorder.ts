import type { Conv2dGeometry } from "../../../../core/geometry.js";
import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, type I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { type Job, split } from "../../commands/work.js";
import type { RowProducts } from "./rowProducts.js";

export interface Border {
  readonly geometry: Conv2dGeometry;
  /** Whether zeros took the place of rows of dy too, and not only of columns. */
  readonly rows: boolean;
  readonly bias: boolean;
  readonly finish: RowProducts["finish"];
}

/**
 * A function (dy, w, dx, bias, mask, check, endCheck, row, end) for some rows of all images. If a float from `check` up to
 * `endCheck` is NaN, it computes the elements of dx whose taps reach beyond dy.
 */
export function writeBorder(
  module: ModuleBuilder,
  name: string,
  { geometry: g, rows, bias: hasBias, finish }: Border,
): void {
  const [left, right] = innerColumns(g);
  const [top, bottom] = rows ? innerRows(g) : [0, g.h];
  const parameters = ["dy", "w", "dx", "bias", "mask", "check", "endCheck", "row", "end"] as const;
  module.function(name, parameters, (f, { dy, w, dx, bias, mask, check, endCheck, row, end }) => {
    const [column, channel, offset, at] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const bad = f.i32(0);
    const value = f.f32x4();
    const sum = new TapSum(f, g, dy, w);
    const element = () => {
      sum.write(row, column, channel);
      at.set(row.mul(g.w).add(column).mul(g.c).add(channel).shiftLeft(2));
      const total = sum.total;
      if (hasBias) total.set(total.add(F32.load(bias.add(channel.shiftLeft(2)))));
      // Comparisons with NaN are false.
      if (finish === "relu") total.set(F32.of(0).when(total.less(F32.of(0)), total));
      if (finish === "mask") total.set(F32.of(0).when(F32.load(mask.add(at)).atMost(F32.of(0)), total));
      f.store(dx.add(at), total);
    };
    f.for(offset, check, endCheck, 16, () => {
      value.set(F32x4.load(offset));
      bad.set(bad.or(value.differs(value).any()));
    });
    const columns = (first: number, last: number) => {
      if (first < last) f.for(column, first, last, 1, () => f.for(channel, 0, g.c, 1, element));
    };
    f.if(bad, () => {
      f.for(row, undefined, end, 1, () => {
        const isInner = row
          .rem(g.h)
          .sub(top)
          .less(bottom - top);
        f.if(
          isInner,
          () => {
            columns(0, left);
            columns(right, g.w);
          },
          () => columns(0, g.w),
        );
      });
    });
  });
}

/** Jobs of that function. */
export function borderJobs(g: Conv2dGeometry, args: Job): readonly Job[] {
  const [left, right] = innerColumns(g);
  return split(args, g.n * g.h, (left + g.w - right) * g.c * g.r * g.s * g.kPerGroup);
}

/** The columns of dx from the first of them up to the second have all of their taps inside dy. */
function innerColumns(g: Conv2dGeometry): readonly [number, number] {
  return inner(g.w, (g.s - 1) * g.dilationWidth - g.padLeft, g.q * g.strideWidth - g.padLeft);
}

function innerRows(g: Conv2dGeometry): readonly [number, number] {
  return inner(g.h, (g.r - 1) * g.dilationHeight - g.padTop, g.p * g.strideHeight - g.padTop);
}

function inner(extent: number, begin: number, end: number): readonly [number, number] {
  const first = Math.min(extent, Math.max(0, begin));
  return [first, Math.min(extent, Math.max(first, end))];
}

/** A function (w, check): one of four floats at `check` becomes NaN if w holds a NaN or an infinity, else 0. */
export function writeCheck(module: ModuleBuilder, name: string, elements: number): void {
  module.function(name, ["w", "check"], (f, { w, check }) => {
    const last = f.i32();
    const zero = f.f32x4(F32x4.of(0));
    const add = (values: F32x4) => zero.set(zero.add(values.mul(F32x4.of(0))));
    if (elements >= 4) {
      last.set(w.add(Math.floor(elements / 4) * 16));
      f.until(w, last, 16, () => add(F32x4.load(w)));
    }
    for (let i = 0; i < elements % 4; i++) add(F32x4.splat(w, i * 4));
    f.store(check, zero);
  });
}

/** The sum of one element of dx over the taps that exist. */
class TapSum {
  readonly total;
  readonly #lanes;
  readonly #r: I32Variable;
  readonly #s: I32Variable;
  readonly #p: I32Variable;
  readonly #q: I32Variable;
  readonly #from: I32Variable;
  readonly #weight: I32Variable;
  readonly #end: I32Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly g: Conv2dGeometry,
    private readonly dy: I32,
    private readonly w: I32,
  ) {
    this.total = f.f32();
    this.#lanes = f.f32x4();
    [this.#r, this.#s, this.#p, this.#q] = [f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#from, this.#weight, this.#end] = [f.i32(), f.i32(), f.i32()];
  }

  /** @param row counts through all images */
  write(row: I32, column: I32, channel: I32): void {
    const { f, g } = this;
    this.#lanes.set(F32x4.of(0));
    this.total.set(F32.of(0));
    f.for(this.#r, 0, g.r, 1, () => {
      this.#p.set(row.rem(g.h).add(g.padTop).sub(this.#r.mul(g.dilationHeight)));
      this.#ifOutput(this.#p, g.strideHeight, g.p, () => {
        f.for(this.#s, 0, g.s, 1, () => {
          this.#q.set(column.add(g.padLeft).sub(this.#s.mul(g.dilationWidth)));
          this.#ifOutput(this.#q, g.strideWidth, g.q, () => this.#addTap(row.div(g.h), channel));
        });
      });
    });
    const { total } = this;
    for (let i = 0; i < 4; i++) total.set(total.add(this.#lanes.lane(i)));
  }

  /** If a position is one of an output, it becomes the number of this output. */
  #ifOutput(position: I32Variable, stride: number, outputs: number, then: () => void): void {
    const { f } = this;
    f.if(position.lessSigned(outputs * stride).and(position.atLeastSigned(0)), () => {
      f.if(position.rem(stride).equals(0), () => {
        position.set(position.div(stride));
        then();
      });
    });
  }

  #addTap(image: I32, channel: I32): void {
    const { f, g } = this;
    const group = channel.div(g.cPerGroup);
    const firstK = group.mul(g.kPerGroup);
    const pixel = image.mul(g.p).add(this.#p).mul(g.q).add(this.#q);
    const tap = this.#r
      .mul(g.s)
      .add(this.#s)
      .mul(g.cPerGroup)
      .add(channel.sub(group.mul(g.cPerGroup)));
    this.#from.set(this.dy.add(pixel.mul(g.k).add(firstK).shiftLeft(2)));
    this.#weight.set(this.w.add(tap.mul(g.k).add(firstK).shiftLeft(2)));
    const whole = Math.floor(g.kPerGroup / 4);
    if (whole > 0) {
      this.#end.set(this.#from.add(whole * 16));
      f.until(this.#from, this.#end, 16, () => {
        this.#lanes.set(this.#lanes.add(F32x4.load(this.#from).mul(F32x4.load(this.#weight))));
        this.#weight.advance(16);
      });
    }
    for (let k = 0; k < g.kPerGroup % 4; k++) {
      this.total.set(this.total.add(F32.load(this.#from, k * 4).mul(F32.load(this.#weight, k * 4))));
    }
  }
}
