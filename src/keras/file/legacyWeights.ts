import { FileFormatError, show } from "../../core/errors.js";
import type { KerasWeight } from "../read/conversion.js";
import { type NamedWeight, NamedWeights } from "../read/namedWeights.js";
import type { LayerPlace } from "../read/plan.js";
import type { StoredWeight, WeightStore } from "../read/weights.js";
import { type LoadedGroup, textsOf } from "./storedWeights.js";

/** A layer of the model itself, with the weights of the layers inside. */
interface FileLayer {
  readonly weights: readonly NamedWeight[];
  readonly named: NamedWeights;
}

/**
 * The weights of Keras 2, in a group for each layer: "conv2d/conv2d/kernel:0". The attributes `layer_names` and
 * `weight_names` give the order. Layers are found by name. If not all are, they are taken in order.
 */
export class LegacyWeights implements WeightStore {
  readonly #layers = new Map<string, FileLayer>();
  /** Those with weights, for models whose layers have other names. */
  readonly #inOrder = new Map<string, FileLayer>();
  readonly #taken = new Set<NamedWeight>();

  /** @param places those of all layers with weights */
  constructor(operator: string, root: LoadedGroup, places: readonly LayerPlace[]) {
    for (const name of textsOf(root, "layer_names") ?? []) {
      const group = root.groups.get(name);
      const weights = (group && textsOf(group, "weight_names")) ?? [];
      const found = weights.map((path) => {
        const stored = group && weightAt(group, path);
        if (!stored) throw new FileFormatError(`${operator}: the file has no weight ${show(`${name}/${path}`)}`);
        return { ...stored, name: path };
      });
      this.#layers.set(name, { weights: found, named: new NamedWeights(found) });
    }
    const outermost = [...new Set(places.map(({ names }) => names[0] ?? ""))];
    const withWeights = [...this.#layers.values()].filter(({ weights }) => weights.length > 0);
    if (outermost.every((name) => this.#layers.has(name)) || outermost.length !== withWeights.length) return;
    for (const [i, name] of outermost.entries()) {
      const layer = withWeights[i];
      if (layer) this.#inOrder.set(name, layer);
    }
  }

  find(place: LayerPlace, weight: KerasWeight, index: number): StoredWeight | undefined {
    const [outermost = ""] = place.names;
    const layer = this.#inOrder.get(outermost) ?? this.#layers.get(outermost);
    if (!layer) return undefined;
    const found = place.names.length === 1 ? layer.weights[index] : layer.named.find(place, weight, index);
    const same = found && layer.weights.find((each) => each === found);
    if (same) this.#taken.add(same);
    return found;
  }

  unused(): readonly string[] {
    const all = [...this.#layers.values()].flatMap(({ weights }) => weights);
    return all.filter((weight) => !this.#taken.has(weight)).map(({ name }) => name);
  }
}

/** The dataset at a path of names with slashes. */
function weightAt(group: LoadedGroup, path: string): StoredWeight | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  const last = parts.pop() ?? "";
  let at: LoadedGroup | undefined = group;
  for (const part of parts) at = at?.groups.get(part);
  return at?.weights.get(last);
}
