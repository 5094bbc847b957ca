import type { KerasWeight } from "../read/conversion.js";
import type { LayerPlace } from "../read/plan.js";
import type { StoredWeight, WeightStore } from "../read/weights.js";
import type { LoadedGroup } from "./storedWeights.js";

/** Where Keras 3, and Keras 2.13 and later, keep the layers of a model. */
const CONTAINERS = ["layers", "_layer_checkpoint_dependencies"];

/** One layer of a file. */
interface FileLayer {
  /** Its path: containers and classes with numbers. */
  readonly path: string;
  readonly weights: ReadonlyMap<string, StoredWeight>;
}

/**
 * The weights of Keras 3: "layers/conv2d_1/vars/0". Paths count the classes of layers. The groups may tell the names of the
 * layers too. If all layers are found by name, names count.
 */
export class Keras3Weights implements WeightStore {
  readonly #byPath = new Map<string, FileLayer>();
  readonly #byNames = new Map<string, FileLayer>();
  readonly #left = new Set<string>();
  readonly #usesNames: boolean;

  /** @param places those of all layers with weights */
  constructor(root: LoadedGroup, places: readonly LayerPlace[]) {
    this.#collect(root, [], []);
    const isUnique = new Set(places.map(({ names }) => namesKey(names))).size === places.length;
    this.#usesNames = isUnique && places.every(({ names }) => this.#byNames.has(namesKey(names)));
  }

  find({ names, saved }: LayerPlace, _: KerasWeight, index: number): StoredWeight | undefined {
    const layer = this.#usesNames ? this.#byNames.get(namesKey(names)) : this.#byPath.get(saved.join("/"));
    const found = layer?.weights.get(String(index));
    if (layer && found) this.#left.delete(`${layer.path}/vars/${index}`);
    return found;
  }

  unused(): readonly string[] {
    return [...this.#left];
  }

  #collect(group: LoadedGroup, path: readonly string[], names: readonly (string | undefined)[]): void {
    const vars = group.groups.get("vars");
    if (vars && path.length > 0) {
      const layer = { path: path.join("/"), weights: vars.weights };
      // Both containers have the same meaning.
      this.#byPath.set(path.map((part) => (part === CONTAINERS[1] ? "layers" : part)).join("/"), layer);
      const known = names.filter((name) => name !== undefined);
      if (known.length === names.length) this.#byNames.set(namesKey(known), layer);
      for (const name of vars.weights.keys()) this.#left.add(`${layer.path}/vars/${name}`);
    }
    for (const container of CONTAINERS) {
      for (const [name, inner] of group.groups.get(container)?.groups ?? []) {
        const [own] = inner.groups.get("vars")?.attributes.get("name") ?? [];
        this.#collect(inner, [...path, container, name], [...names, own]);
      }
    }
  }
}

function namesKey(names: readonly string[]): string {
  return names.join("\n");
}
