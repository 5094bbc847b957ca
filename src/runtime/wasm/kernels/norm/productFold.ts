import { F64x2 } from "../../assembler/doubles.js";
import type { F64x2Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import type { FoldKind } from "../kit/fold.js";
import { type FourDoubles, fourDoubles, TwoSums } from "./twoSums.js";

/**
 * Σ dy and Σ dy · (x − center) of x and dy [outer, length, inner] along `length`. The centers are float64 [outer, 2,
 * inner], with other numbers after those of each `outer`.
 *
 * Its further parameters are the addresses of dy and of the centers.
 */
export const PRODUCTS: FoldKind<ProductFold> = {
  name: "products",
  sizes: { first: 1, next: 2 },
  results: 2,
  columns: 8,
  parameters: ["dy", "centers"],
  create: (f, { inner }, parameter) => new ProductFold(f, inner, parameter),
};

class ProductFold extends TwoSums {
  readonly #center: FourDoubles;
  /** The bytes from x to dy. */
  readonly #toGradient: I32Variable;
  readonly #gradient: F64x2Variable;

  constructor(
    f: FunctionBuilder,
    private readonly inner: number,
    private readonly parameter: (name: string) => I32,
  ) {
    super(f);
    this.#center = fourDoubles(f);
    this.#toGradient = f.i32(parameter("dy").sub(parameter("x")));
    this.#gradient = f.f64x2();
  }

  protected startAt(outer: I32, column: I32 | undefined): void {
    const first = outer.mul(2 * this.inner).add(column ?? 0);
    const address = this.parameter("centers").add(first.mul(8));
    for (const half of [0, 1] as const) {
      this.#center[half].set(column ? F64x2.load(address, 16 * half) : F64x2.splat(address));
    }
  }

  take(address: I32, offset: number): void {
    for (const half of [0, 1] as const) {
      const place = offset + 8 * half;
      this.#gradient.set(F64x2.loadFloats(address.add(this.#toGradient), place));
      this.#add(half, F64x2.loadFloats(address, place));
    }
  }

  takeOne(address: I32): void {
    // The second lanes are 0.
    this.#gradient.set(F64x2.loadFloat(address.add(this.#toGradient)));
    this.#add(0, F64x2.loadFloat(address));
  }

  #add(half: 0 | 1, x: F64x2): void {
    this.first[half].set(this.first[half].add(this.#gradient));
    this.second[half].set(this.second[half].add(this.#gradient.mul(x.sub(this.#center[half]))));
  }
}
