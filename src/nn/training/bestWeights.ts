import type { Variable } from "../../core/backend.js";
import { existing } from "../../core/objects.js";

/** The weights of the best epoch so far, in the host's memory. */
export class BestWeights {
  #values: ReadonlyMap<string, Float32Array> = new Map();

  constructor(private readonly weights: () => ReadonlyMap<string, Variable>) {}

  /** By the names of the weights. Empty if nothing is kept. */
  get values(): ReadonlyMap<string, Float32Array> {
    return this.#values;
  }

  set values(values: ReadonlyMap<string, Float32Array>) {
    this.#values = values;
  }

  /** Reads the present weights. */
  async present(): Promise<ReadonlyMap<string, Float32Array>> {
    const read = [...this.weights()].map(async ([name, variable]) => [name, await variable.read()] as const);
    return new Map(await Promise.all(read));
  }

  /** Writes the kept ones back. */
  restore(): void {
    for (const [name, values] of this.#values) existing(this.weights().get(name)).write(values);
  }

  forget(): void {
    this.#values = new Map();
  }
}
