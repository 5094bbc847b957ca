import { existing } from "../../../src/core/objects.js";
import { RandomNumbers } from "../../../src/core/random.js";

/** Random choices. The same seed and stream give the same ones. */
export class Draw {
  readonly #random: RandomNumbers;

  constructor(seed: number, stream: number) {
    this.#random = new RandomNumbers(seed, stream);
  }

  /** An integer from `least` to `most`. */
  integer(least: number, most: number): number {
    return least + this.#random.integer(most - least + 1);
  }

  pick<Value>(values: readonly Value[]): Value {
    return existing(values[this.#random.integer(values.length)]);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#random.uniform() < probability;
  }

  /** Some values, each with this probability. */
  some<Value>(values: readonly Value[], probability: number): readonly Value[] {
    return values.filter(() => this.chance(probability));
  }
}
