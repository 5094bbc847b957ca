import { F64 } from "../../assembler/doubles.js";
import type { F64Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";

/** The values of one channel of x and dy. */
export interface ChannelValues {
  readonly x: I32;
  readonly dy: I32;
  /** The bytes from the beginning of x to the first value, and from one value to the next. */
  readonly first: I32;
  readonly step: I32 | number;
  /** The number of values. There is at least one. */
  readonly count: I32;
}

/** Sums over the values of a channel. The slope is dy · scale. */
export interface ChannelSums {
  /** Σ slope, Σ slope · x̂ and Σ dy · x̂. */
  readonly slopes: F64Variable;
  readonly tilts: F64Variable;
  readonly products: F64Variable;
}

/**
 * If root or scale is infinite, computes the sums of a channel again, with both factors in each term: terms of both
 * signs give NaN then. A product of a sum and a factor would be infinite.
 */
export class TermSums {
  readonly #at: I32Variable;
  readonly #last: I32Variable;
  readonly #gradient: F64Variable;
  readonly #normalized: F64Variable;

  constructor(private readonly f: FunctionBuilder) {
    this.#at = f.i32();
    this.#last = f.i32();
    this.#gradient = f.f64();
    this.#normalized = f.f64();
  }

  replaceIfInfinite(
    { slopes, tilts, products }: ChannelSums,
    { x, dy, first, step, count }: ChannelValues,
    { center, root, scale }: { readonly center: F64; readonly root: F64; readonly scale: F64 },
  ): void {
    const { f } = this;
    const [at, last, gradient, normalized] = [this.#at, this.#last, this.#gradient, this.#normalized];
    f.if(isInfinite(root).or(isInfinite(scale)), () => {
      for (const sum of [slopes, tilts, products]) sum.set(F64.of(0));
      at.set(first);
      last.set(at.add(count.mul(step)));
      f.until(at, last, step, () => {
        gradient.set(F64.loadFloat(dy.add(at)));
        normalized.set(F64.loadFloat(x.add(at)).sub(center).mul(root));
        slopes.set(slopes.add(gradient.mul(scale)));
        tilts.set(tilts.add(gradient.mul(scale).mul(normalized)));
        products.set(products.add(gradient.mul(normalized)));
      });
    });
  }
}

function isInfinite(x: F64): I32 {
  return x.abs().equals(F64.of(Number.POSITIVE_INFINITY));
}
