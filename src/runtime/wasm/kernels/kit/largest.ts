import type { F32x4Variable, FunctionBuilder, I32x4Variable } from "../../assembler/functionBuilder.js";
import type { F32x4 } from "../../assembler/vectors.js";

/** The largest of some vectors. NaN where one of them is NaN. */
export class Largest {
  readonly #value: F32x4Variable;
  readonly #largest: F32x4Variable;
  readonly #nan: I32x4Variable;

  constructor(f: FunctionBuilder) {
    this.#value = f.f32x4();
    this.#largest = f.f32x4();
    this.#nan = f.i32x4();
  }

  of([first, ...others]: readonly F32x4[]): void {
    if (!first) throw new Error("a maximum needs a value");
    const [value, largest, nan] = [this.#value, this.#largest, this.#nan];
    largest.set(first);
    nan.set(largest.differs(largest));
    for (const other of others) {
      value.set(other);
      nan.set(nan.or(value.differs(value)));
      largest.set(largest.pseudoMax(value));
    }
  }

  get result(): F32x4 {
    return this.#largest.bits().or(this.#nan).asF32x4();
  }
}
