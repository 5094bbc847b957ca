import type { Backend, Variable } from "../../core/backend.js";
import { BackendMismatchError, OptionError, ShapeError, show } from "../../core/errors.js";
import { type Layer, partsOf, snakeCase } from "../../nn/layer.js";
import { Model } from "../../nn/model.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { Network } from "../../nn/network.js";
import { Sequential } from "../../nn/sequential.js";
import { namedLayers } from "../../nn/weights.js";
import { InferenceOnly } from "../layers/arranging.js";
import { DEPTHWISE, type KerasWeight } from "../read/conversion.js";
import type { LayerPlace } from "../read/plan.js";
import { listed, type WeightStore } from "../read/weights.js";

/** A layer with weights in a model that is built. */
export interface Target {
  readonly place: LayerPlace;
  readonly weights: readonly { readonly weight: KerasWeight; readonly variable: Variable }[];
  readonly isNormalization: boolean;
}

/** The layers of a model, as Keras counts them in its files. */
export function targetsIn(model: Network<GraphTensors>): readonly Target[] {
  const seen = new Set<Layer>();
  const collect = (network: Network<GraphTensors>, around: LayerPlace): readonly Target[] => {
    const counts = new Map<string, number>();
    return namedLayers(network.layers).flatMap(([name, given]) => {
      const layer = given instanceof InferenceOnly ? (given.parts[0] ?? given) : given;
      const className =
        layer instanceof Sequential ? "Sequential" : layer instanceof Network ? "Functional" : layer.className;
      const kind = snakeCase(className);
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      const saved = [...around.saved, "layers", count === 0 ? kind : `${kind}_${count}`];
      const place = { names: [...around.names, layer === given ? name : layer.name], saved };
      if (seen.has(layer)) return [];
      seen.add(layer);
      if (layer instanceof Network) return collect(layer, place);
      const weights = [...partsOf(layer).weights].map(([own, { variable }]) => ({
        weight: kerasWeight(layer, own),
        variable,
      }));
      const isNormalization = layer.className === "Normalization";
      return weights.length > 0 ? [{ place, weights, isNormalization }] : [];
    });
  };
  return collect(model, { names: [], saved: [] });
}

function kerasWeight(layer: Layer, own: string): KerasWeight {
  const snake = own.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const isDepthwise = own === "depthwiseKernel" || (layer.className === "DepthwiseConv2D" && own === "kernel");
  return {
    own,
    keras: isDepthwise ? ["depthwise_kernel", "kernel"] : [snake],
    ...(isDepthwise && { shape: DEPTHWISE }),
  };
}

/** @throws OptionError if it is no built model; BackendMismatchError */
export function checkModel(operator: string, model: unknown, backend: Backend): asserts model is Model<GraphTensors> {
  if (!(model instanceof Model)) throw new OptionError(`${operator}: model is ${show(model)}, expected a model`);
  if (!model.isBuilt) throw new OptionError(`${operator}: build the model first: model.build(backend, { … })`);
  const [first] = model.weights.values();
  if (first && first.backend !== backend) {
    throw new BackendMismatchError(
      `${operator}: the model is on another backend (${first.backend.kind}) than the argument backend (${backend.kind})`,
    );
  }
}

/** The number of examples that Keras's Normalization has seen. */
const SURPLUS: KerasWeight = { own: "count", keras: ["count"] };

/** Writes the weights of a file to a model: all, or nothing. @throws OptionError, ShapeError if they do not fit */
export function writeWeights(operator: string, targets: readonly Target[], store: WeightStore): void {
  const missing: string[] = [];
  const writes: (() => void)[] = [];
  for (const { place, weights, isNormalization } of targets) {
    for (const [i, { weight, variable }] of weights.entries()) {
      const stored = store.find(place, weight, i);
      if (!stored) {
        missing.push(`${place.names.join("/")}/${weight.keras[0]}`);
        continue;
      }
      const shape = weight.shape ? weight.shape(stored.shape) : stored.shape;
      if (shape.join() !== variable.shape.join()) {
        throw new ShapeError(
          `${operator}: ${place.names.join(".")}.${weight.own} is [${stored.shape.join(", ")}] in the file, expected [${variable.shape.join(", ")}]`,
        );
      }
      writes.push(() => variable.write(stored.read()));
    }
    // Weights that Keras has, and the layer here does not.
    if (isNormalization) store.find(place, SURPLUS, weights.length);
  }
  const unused = store.unused();
  if (missing.length > 0) {
    throw new OptionError(
      `${operator}: the file lacks the weights ${listed(missing)}${unused.length > 0 ? `, and has ${listed(unused)}` : ""}; build the model as it was saved`,
    );
  }
  if (unused.length > 0)
    throw new OptionError(`${operator}: the file has weights that no layer takes: ${listed(unused)}`);
  for (const write of writes) write();
}
