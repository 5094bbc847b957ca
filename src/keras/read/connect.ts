import { FileFormatError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { GraphTensor, input } from "../../nn/graph/graphTensor.js";
import type { Layer } from "../../nn/layer.js";
import { Model } from "../../nn/model.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { Sequential } from "../../nn/sequential.js";
import type { Call, Reference } from "./description.js";
import { type PlannedLayer, type PlannedModel, withInference } from "./plan.js";

/** A model, and what its trainable flags are to be. */
export interface Connected {
  readonly model: Model<GraphTensors>;
  /** Outer layers come before those inside. */
  readonly flags: readonly (readonly [layer: Layer, trainable: boolean])[];
}

/** Makes a model of planned layers. @throws FileFormatError if the graph is malformed */
export function connect(operator: string, plan: PlannedModel): Connected {
  const flags: (readonly [Layer, boolean])[] = [];
  const model = connectModel(operator, plan, flags);
  return { model, flags };
}

type Flags = (readonly [Layer, boolean])[];

function connectModel(operator: string, plan: PlannedModel, flags: Flags): Model<GraphTensors> {
  // The flags of the model come first, so its place is kept.
  const place = flags.push([EMPTY, true]) - 1;
  const chains = new Map(plan.layers.map((layer) => [layer, chainOf(operator, layer, flags)]));
  const model = plan.description.isSequential
    ? sequential(operator, plan, chains)
    : new FunctionalGraph(operator, plan, chains).model();
  model.name = plan.description.name.replaceAll(".", "_") || "model";
  flags[place] = [model, plan.description.trainable];
  return model;
}

/** What stands in the list of flags until the model is made. */
const EMPTY = new Sequential([]);

/** The layers that a layer of the file becomes, one after the other. */
function chainOf(operator: string, layer: PlannedLayer, flags: Flags): readonly Layer[] {
  if (layer.model) return withInference(layer.description, [connectModel(operator, layer.model, flags)]);
  for (const each of layer.layers) flags.push([each, layer.description.trainable]);
  return layer.layers;
}

type Chains = ReadonlyMap<PlannedLayer, readonly Layer[]>;

function sequential(operator: string, { layers, description }: PlannedModel, chains: Chains): Sequential {
  const chain = layers.flatMap((layer) => existing(chains.get(layer)));
  if (chain.length > 0) return new Sequential(chain);
  throw new FileFormatError(`${operator}: the model ${show(description.name)} has no layers`);
}

/** One call of a layer that is not applied yet. */
interface Use {
  readonly layer: PlannedLayer;
  readonly call: Call;
  readonly number: number;
}

/** The calls of a functional model. */
class FunctionalGraph {
  /** The outputs of the calls, by layer and number. */
  readonly #outputs = new Map<string, readonly GraphTensor[]>();
  /** The calls that wait for another one, by its key. */
  readonly #waiting = new Map<string, Use[]>();
  readonly #layers: ReadonlyMap<string, PlannedLayer>;
  /** The number of the first call. */
  readonly #firstCalls: ReadonlyMap<string, number>;

  constructor(
    private readonly operator: string,
    private readonly plan: PlannedModel,
    private readonly chains: Chains,
  ) {
    this.#layers = new Map(plan.layers.map((layer) => [layer.description.name, layer]));
    this.#firstCalls = firstCalls(plan);
  }

  model(): Model<GraphTensors> {
    const { layers, description } = this.plan;
    for (const layer of layers) {
      if (layer.description.className === "InputLayer") this.#outputs.set(keyOf(layer, 0), [this.#input(layer)]);
    }
    for (const layer of layers) {
      for (const [number, call] of layer.description.calls.entries()) this.#apply({ layer, call, number });
    }
    const inputs = description.inputs.map((reference) => this.#existing(reference));
    const outputs = description.outputs.map((reference) => this.#existing(reference));
    const [first, ...others] = outputs;
    return new Model<GraphTensors>({ inputs, outputs: first && others.length === 0 ? first : outputs });
  }

  #input({ description: { name, inputShape, config } }: PlannedLayer): GraphTensor {
    if (!inputShape) return config.first("batch_input_shape", "batch_shape").refuse("the extents of an input");
    return input(inputShape, { name });
  }

  /** Applies a call if its inputs are there, and then those that waited for it. */
  #apply(first: Use): void {
    const ready = [first];
    for (let use = ready.pop(); use; use = ready.pop()) {
      const missing = use.call.inputs.find((reference) => !this.#outputs.has(this.#keyOf(reference)));
      if (missing) {
        const key = this.#keyOf(missing);
        const others = this.#waiting.get(key);
        if (others) others.push(use);
        else this.#waiting.set(key, [use]);
        continue;
      }
      const key = keyOf(use.layer, use.number);
      this.#outputs.set(key, this.#outputsOf(use));
      ready.push(...(this.#waiting.get(key) ?? []));
      this.#waiting.delete(key);
    }
  }

  #outputsOf({ layer, call }: Use): readonly GraphTensor[] {
    const inputs = call.inputs.map((reference) => this.#existing(reference));
    const [one, ...more] = inputs;
    if (!one) throw new FileFormatError(`${this.operator}: ${show(layer.description.name)} is called without inputs`);
    const [main, ...after] = existing(this.chains.get(layer));
    if (!main) return [one];
    const count = main instanceof Model ? main.outputNames.length : 1;
    const outputs = GraphTensor.allOfLayer(main, more.length === 0 ? one : inputs, count);
    return after.length === 0 ? outputs : [after.reduce((x, each) => each.apply(x), existing(outputs[0]))];
  }

  #keyOf({ layer, call }: Reference): string {
    const found = this.#layers.get(layer);
    if (!found)
      throw new FileFormatError(`${this.operator}: a call uses the layer ${show(layer)}, which the file lacks`);
    return keyOf(found, call - (this.#firstCalls.get(layer) ?? 0));
  }

  #existing(reference: Reference): GraphTensor {
    const tensor = this.#outputs.get(this.#keyOf(reference))?.[reference.output];
    if (tensor) return tensor;
    throw new FileFormatError(
      `${this.operator}: output ${reference.output} of call ${reference.call} of ${show(reference.layer)} does not exist, or depends on itself`,
    );
  }
}

function keyOf({ description }: PlannedLayer, call: number): string {
  return `${call} ${description.name}`;
}

/**
 * The number that the first call of each model has in references. Keras counts the connection of a model's own input and
 * output as call 0 of a functional model, and of a sequential one in Keras 2.
 */
function firstCalls({ layers, description }: PlannedModel): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  const lowest = new Map<string, number>();
  const calls = layers.flatMap((layer) => layer.description.calls.flatMap(({ inputs }) => inputs));
  for (const { layer, call } of [...calls, ...description.outputs]) {
    highest.set(layer, Math.max(call, highest.get(layer) ?? 0));
    lowest.set(layer, Math.min(call, lowest.get(layer) ?? call));
  }
  const models = layers.filter(({ model }) => model !== undefined);
  return new Map(
    models.map(({ description: { name, calls }, model }) => {
      const isSurely0 = lowest.get(name) === 0;
      const isSurely1 = (highest.get(name) ?? 0) >= calls.length;
      return [name, isSurely0 ? 0 : isSurely1 || !model?.description.isSequential ? 1 : 0] as const;
    }),
  );
}
