import type { Backend } from "../../core/backend.js";
import { OptionError, show } from "../../core/errors.js";
import type { LayerClass } from "../../nn/files/knownLayers.js";
import type { Graph } from "../../nn/graph/graph.js";
import { type Extents, extentsOf, traced } from "../../nn/graph/trace.js";
import type { Layer } from "../../nn/layer.js";
import type { Model } from "../../nn/model.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { Network } from "../../nn/network.js";
import { Sequential } from "../../nn/sequential.js";
import { connect } from "./connect.js";
import type { ModelDescription } from "./description.js";
import { type LayerPlace, ownerOf, type PlannedModel, planModel } from "./plan.js";
import { Problems } from "./problems.js";
import { FileWeights, type WeightStore } from "./weights.js";
import type { Writer } from "./writer.js";

/** What a loader found in its file. */
export interface FoundModel {
  readonly description: ModelDescription;
  /** The weights of the file. @param places those of all layers with weights that are known */
  weights(places: readonly LayerPlace[]): WeightStore;
  readonly writer: Writer;
  readonly classes: ReadonlyMap<string, LayerClass>;
}

/**
 * Makes a model from its description, built, with the weights of the file.
 *
 * @throws OptionError with all that cannot be expressed; FileFormatError if the file is malformed; ShapeError if weights
 * do not fit. Then nothing is left on the backend
 */
export function makeModel(operator: string, found: FoundModel, backend: Backend): Model<GraphTensors> {
  const problems = new Problems(operator);
  const plan = planModel({ problems, ...found }, found.description, { names: [], saved: [] });
  problems.throwIfAny();
  const { model, flags } = connect(operator, plan);
  const weights = new FileWeights(operator, found.weights(placesIn(plan)));
  weights.prepare(plan);
  build(operator, model, found.description, backend);
  try {
    weights.check(model);
    checkAxes(plan, problems, model, backend);
    problems.throwIfAny();
  } catch (error) {
    model.dispose();
    throw error;
  }
  for (const [layer, trainable] of flags) layer.trainable = trainable;
  return model;
}

/** The places of all layers whose weights are known. */
function placesIn({ layers }: PlannedModel): readonly LayerPlace[] {
  return layers.flatMap(({ model, weights, place }) => (model ? placesIn(model) : weights.length > 0 ? [place] : []));
}

function build(operator: string, model: Model<GraphTensors>, { inputShape }: ModelDescription, backend: Backend): void {
  if (!(model instanceof Sequential)) {
    model.build(backend);
    return;
  }
  if (!inputShape) {
    throw new OptionError(
      `${operator}: the model ${show(model.name)} does not tell its input's shape; build it in Keras before it is saved`,
    );
  }
  model.build(backend, { inputShape });
}

/** Normalizations are over the last axis here. Files may count it from the front. */
function checkAxes(plan: PlannedModel, problems: Problems, model: Model<GraphTensors>, backend: Backend): void {
  const axes = new Map<Layer, { readonly axis: number; readonly name: string; readonly className: string }>();
  collectAxes(plan, axes);
  if (axes.size === 0) return;
  const walk = (graph: Graph, inputs: readonly Extents[]): readonly Extents[] =>
    graph.walk(inputs, ({ layer }, x) => {
      for (const each of [layer, ...layer.parts]) {
        const asked = axes.get(each);
        const rank = (x[0]?.example.length ?? 0) + 1;
        if (asked && asked.axis !== rank - 1) {
          problems.add(asked.name, asked.className, `axis is ${asked.axis}, expected the last of ${rank} axes`);
        }
        axes.delete(each);
      }
      const inner = layer instanceof Network ? layer : layer.parts.find((part) => part instanceof Network);
      return inner ? walk(inner.graph, x) : traced(backend, layer, x);
    });
  const varies = model.inputShapes.some((shape) => shape.includes(null));
  walk(
    model.graph,
    model.inputShapes.map((shape) => extentsOf(shape, varies)),
  );
}

function collectAxes(
  { layers }: PlannedModel,
  axes: Map<Layer, { readonly axis: number; readonly name: string; readonly className: string }>,
): void {
  for (const layer of layers) {
    if (layer.model) collectAxes(layer.model, axes);
    const owner = ownerOf(layer);
    const { name, className } = layer.description;
    if (owner && layer.lastAxis !== undefined && layer.lastAxis !== -1)
      axes.set(owner, { axis: layer.lastAxis, name, className });
  }
}
