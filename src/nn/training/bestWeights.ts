import type { Variable } from "../../core/backend.js";
import { existing } from "../../core/objects.js";

/** Values of all weights by name, in the host's memory. */
export type WeightValues = ReadonlyMap<string, Float32Array>;

const NONE: WeightValues = new Map();

/** The weights of the best epoch so far, for `restoreBest`. */
export class BestWeights {
  /** Empty if nothing is kept. */
  best: WeightValues = NONE;
  /** Those that training goes on with, while the model has the best ones. Empty at other times. */
  last: WeightValues = NONE;

  constructor(private readonly weights: () => ReadonlyMap<string, Variable>) {}

  /** Reads the weights of the model. */
  async present(): Promise<WeightValues> {
    const read = [...this.weights()].map(async ([name, variable]) => [name, await variable.read()] as const);
    return new Map(await Promise.all(read));
  }

  /** Gives the model the best ones. @param last its weights, if training may go on with them */
  restore(last: WeightValues = NONE): void {
    this.#write(this.best);
    this.last = last;
  }

  /** Gives the model the last ones again, unless its weights have changed since. */
  async goOn(): Promise<void> {
    if (this.last.size === 0) return;
    const present = await this.present();
    if (isSame(present, this.best)) this.#write(this.last);
    this.last = NONE;
  }

  forget(): void {
    this.best = NONE;
    this.last = NONE;
  }

  #write(values: WeightValues): void {
    for (const [name, data] of values) existing(this.weights().get(name)).write(data);
  }
}

/** Whether two have the same values, bit for bit but for the kinds of NaN. */
function isSame(a: WeightValues, b: WeightValues): boolean {
  return [...a].every(([name, values]) => {
    const others = b.get(name);
    return others !== undefined && values.every((value, i) => Object.is(value, others[i]));
  });
}
