import { OptionError, ShapeError, show } from "../../core/errors.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Model } from "../../nn/model.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { setWeightSource } from "../../nn/weightSource.js";
import { type KerasWeight, weight } from "./conversion.js";
import { type LayerPlace, ownerOf, type PlannedLayer, type PlannedModel } from "./plan.js";

/** A weight in a file. */
export interface StoredWeight {
  readonly shape: Shape;
  /** Its values, in row-major order. @throws FileFormatError */
  read(): Float32Array;
}

/** The weights of a file. */
export interface WeightStore {
  /**
   * Finds a weight of a layer, and notes that it is used.
   *
   * @param index its number among the weights of the layer
   */
  find(place: LayerPlace, weight: KerasWeight, index: number): StoredWeight | undefined;
  /** The names of those that were not found yet. */
  unused(): readonly string[];
}

/** The weights that an error lists at most. */
const MOST_LISTED = 8;

/**
 * Prepares the weights of all layers: they take the file's values when they are built.
 *
 * @throws OptionError if the file lacks weights, or has others
 */
export class FileWeights {
  #sourced = 0;

  constructor(
    private readonly operator: string,
    private readonly store: WeightStore,
  ) {}

  prepare(plan: PlannedModel): void {
    const missing: string[] = [];
    this.#prepare(plan, missing);
    if (missing.length > 0) throw new OptionError(`${this.operator}: the file lacks the weights ${listed(missing)}`);
  }

  /** Whether all weights of the built model are the file's, and none is left. @throws OptionError */
  check(model: Model<GraphTensors>): void {
    const { size } = model.weights;
    if (size !== this.#sourced) {
      throw new OptionError(
        `${this.operator}: ${size - this.#sourced} of the ${size} weights of the model are not from the file; layers inside a layer of your own cannot be loaded`,
      );
    }
    const unused = this.store.unused();
    if (unused.length > 0) {
      throw new OptionError(`${this.operator}: the file has weights that no layer takes: ${listed(unused)}`);
    }
  }

  #prepare({ layers }: PlannedModel, missing: string[]): void {
    for (const layer of layers) {
      if (layer.model) this.#prepare(layer.model, missing);
      else if (layer.isOwn) this.#prepareOwn(layer);
      else this.#prepareKnown(layer, missing);
    }
  }

  #prepareKnown(planned: PlannedLayer, missing: string[]): void {
    const { place, weights, surplus } = planned;
    const found = new Map<string, readonly [KerasWeight, StoredWeight]>();
    for (const [i, each] of weights.entries()) {
      const stored = this.store.find(place, each, i);
      if (stored) found.set(each.own, [each, stored]);
      else missing.push(`${place.names.join("/")}/${each.keras[0]}`);
    }
    for (const [i, name] of surplus.entries()) this.store.find(place, weight(name), weights.length + i);
    const owner = ownerOf(planned);
    if (!owner || found.size === 0) return;
    setWeightSource(owner, (name, shape) => {
      const entry = found.get(name);
      if (!entry) throw new OptionError(`${this.operator}: the file lacks the weight ${name} of ${show(owner.name)}`);
      const [{ shape: turn }, stored] = entry;
      return this.#values(owner.name, name, shape, turn ? turn(stored.shape) : stored.shape, stored);
    });
  }

  #prepareOwn(planned: PlannedLayer): void {
    const owner = ownerOf(planned);
    let count = 0;
    if (!owner) return;
    setWeightSource(owner, (name, shape) => {
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const stored = this.store.find(planned.place, weight(name, name, snake), count++);
      if (!stored) throw new OptionError(`${this.operator}: the file lacks the weight ${name} of ${show(owner.name)}`);
      return this.#values(owner.name, name, shape, stored.shape, stored);
    });
  }

  /** @throws ShapeError before any memory is taken */
  #values(layer: string, name: string, expected: Shape, shape: Shape, stored: StoredWeight): Float32Array {
    if (shape.join() !== expected.join() && !(shape.length === 0 && elementsOf(expected) === 1)) {
      throw new ShapeError(
        `${this.operator}: ${layer}.${name} is [${stored.shape.join(", ")}] in the file, expected [${expected.join(", ")}] for the input of the layer`,
      );
    }
    this.#sourced++;
    return stored.read();
  }
}

export function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, MOST_LISTED)
    .map((name) => show(name))
    .join(", ");
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}
