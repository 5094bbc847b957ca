import type { KerasWeight } from "./conversion.js";
import type { LayerPlace } from "./plan.js";
import type { StoredWeight, WeightStore } from "./weights.js";

/** A weight with its name in the file. */
export interface NamedWeight extends StoredWeight {
  readonly name: string;
}

/**
 * Weights by names such as "dense/kernel". Those inside of models may have the models' names before.
 * Converted files of Keras 3 have numbers instead of the weights' own names.
 */
export class NamedWeights implements WeightStore {
  readonly #left = new Map<string, NamedWeight>();
  /** The weights by the last two parts of their names. */
  readonly #byEnd = new Map<string, NamedWeight[]>();

  constructor(weights: readonly NamedWeight[]) {
    for (const weight of weights) {
      this.#left.set(weight.name, weight);
      const parts = partsOf(weight.name);
      const end = parts.slice(-2).join("/");
      const others = this.#byEnd.get(end);
      if (others) others.push(weight);
      else this.#byEnd.set(end, [weight]);
    }
  }

  find({ names, saved }: LayerPlace, { keras }: KerasWeight, index: number): StoredWeight | undefined {
    const layer = names.at(-1) ?? "";
    // A layer's name may have slashes.
    const end = layer.split("/").at(-1) ?? layer;
    const candidates = [...keras, String(index)].flatMap((name) => this.#byEnd.get(`${end}/${name}`) ?? []);
    const found = this.#nearest(candidates, names) ?? this.#numbered(saved, index);
    if (found) this.#left.delete(found.name);
    return found;
  }

  unused(): readonly string[] {
    return [...this.#left.keys()].filter((name) => !/seed_generator/.test(name));
  }

  /** Of several layers of one name in several models, that with the same models around it. */
  #nearest(candidates: readonly NamedWeight[], names: readonly string[]): NamedWeight | undefined {
    const wanted = names.flatMap((name) => name.split("/"));
    const common = ({ name }: NamedWeight) => {
      const around = partsOf(name).slice(0, -1);
      let count = 0;
      while (count < around.length && count < wanted.length && around.at(-1 - count) === wanted.at(-1 - count)) count++;
      // One that has nothing else before is nearer.
      return count - (around.length - count) / 1024;
    };
    const left = candidates.filter(({ name }) => this.#left.has(name));
    return left.reduce<NamedWeight | undefined>(
      (best, each) => (best && common(best) >= common(each) ? best : each),
      undefined,
    );
  }

  #numbered(saved: readonly string[], index: number): NamedWeight | undefined {
    const path = `${saved.join("/")}/vars/${index}`;
    return [`_${path}`, path].map((name) => this.#left.get(name)).find((weight) => weight !== undefined);
  }
}

/** The parts of a name, without TensorFlow's ":0", and without Keras 3's "vars". */
function partsOf(name: string): readonly string[] {
  return name
    .replace(/:\d+$/, "")
    .split("/")
    .filter((part) => part !== "vars");
}
