import { OptionError, show } from "../../core/errors.js";
import type { LayerClass } from "../../nn/files/knownLayers.js";
import { Layer, snakeCase } from "../../nn/layer.js";
import { InferenceOnly } from "../layers/arranging.js";
import { afterName } from "./activationOf.js";
import { ConfigReader } from "./configReader.js";
import type { KerasWeight } from "./conversion.js";
import { CONVERTERS } from "./converters.js";
import type { LayerDescription, ModelDescription } from "./description.js";
import { convertFunction } from "./functions.js";
import type { Place } from "./place.js";
import type { Problems } from "./problems.js";
import type { Writer } from "./writer.js";

/** Where a layer is in its file. */
export interface LayerPlace {
  /** Its name, after those of the models around it. */
  readonly names: readonly string[];
  /** Its path in files of weights of Keras 3: classes with numbers. */
  readonly saved: readonly string[];
}

/** A layer of a file, with the layers that it becomes. */
export interface PlannedLayer {
  readonly description: LayerDescription;
  readonly place: LayerPlace;
  /** One after the other. The first has the weights. Empty if it does nothing, or is a model. */
  readonly layers: readonly Layer[];
  readonly weights: readonly KerasWeight[];
  readonly surplus: readonly string[];
  readonly lastAxis: number | undefined;
  /** Whether it is of a class of the caller's. Then its weights are known only when it is built. */
  readonly isOwn: boolean;
  readonly model: PlannedModel | undefined;
}

export interface PlannedModel {
  readonly description: ModelDescription;
  readonly layers: readonly PlannedLayer[];
}

/** What the plans of all layers of a file have in common. */
export interface Planning {
  readonly problems: Problems;
  readonly writer: Writer;
  /** The caller's classes by name. */
  readonly classes: ReadonlyMap<string, LayerClass>;
}

/** Makes the layers of a model, and of the models inside. What cannot be expressed becomes a problem. */
export function planModel(planning: Planning, description: ModelDescription, around: LayerPlace): PlannedModel {
  const counts = new Map<string, number>();
  const layers = description.layers.map((layer) => {
    const saved = [...around.saved];
    if (!layer.isFunction) {
      const kind = snakeCase(layer.className.replace(/\W+/g, ""));
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      saved.push("layers", count === 0 ? kind : `${kind}_${count}`);
    }
    return planLayer(planning, layer, { names: [...around.names, layer.name], saved });
  });
  return { description, layers };
}

function planLayer(planning: Planning, description: LayerDescription, place: LayerPlace): PlannedLayer {
  const { problems, writer, classes } = planning;
  const { className, config } = description;
  const base = {
    description,
    place,
    layers: [],
    weights: [],
    surplus: [],
    lastAxis: undefined,
    isOwn: false,
    model: undefined,
  };
  refuseArguments(description, problems);
  if (description.model) return { ...base, model: planModel(planning, description.model, place) };
  if (className === "InputLayer") return base;
  const name = description.name.replaceAll(".", "_");
  const OwnClass = classes.get(className);
  if (OwnClass)
    return { ...base, layers: withInference(description, [makeOwn(OwnClass, className, config, name)]), isOwn: true };
  const converter = description.isFunction ? undefined : CONVERTERS.get(className);
  const reader = new ConfigReader(description.name, className, config, problems, writer);
  const converted = description.isFunction ? convertFunction(description, name) : converter?.(reader, name);
  if (!converted) {
    if (description.isFunction)
      problems.add(description.name, className, "this function of its arguments is not known");
    else problems.addClass(description.name, className);
    return base;
  }
  if (!description.isFunction) reader.finish();
  const { weights, surplus = [], lastAxis } = converted;
  return { ...base, layers: withInference(description, converted.layers), weights, surplus, lastAxis };
}

/** The layer that has the weights. */
export function ownerOf({ layers: [first] }: PlannedLayer): Layer | undefined {
  return first instanceof InferenceOnly ? first.parts[0] : first;
}

function refuseArguments({ name, className, calls, isFunction, model }: LayerDescription, problems: Problems): void {
  if (isFunction) return;
  for (const { unknown, training, constants } of calls) {
    for (const each of unknown) problems.add(name, className, `it is called with ${each}, which is not known`);
    if (training) problems.add(name, className, "it is called with training = true");
    if (constants.some((constant) => constant !== null)) problems.add(name, className, "it is called with a number");
    if (training === false && constants.length > 1) {
      problems.add(name, className, "it is called with training = false and several inputs");
    }
  }
  const trainings = new Set(calls.map(({ training }) => training ?? undefined));
  if (trainings.size > 1) problems.add(name, className, "only some of its calls have training = false");
  if (trainings.has(false) && model && model.outputs.length > 1) {
    problems.add(name, className, "it is called with training = false and has several outputs");
  }
}

/** A layer that is called with training = false. */
export function withInference({ name, calls }: LayerDescription, layers: readonly Layer[]): readonly Layer[] {
  const [first, ...others] = layers;
  if (!first || calls[0]?.training !== false) return layers;
  return [new InferenceOnly({ layer: first, name: afterName(name, "inference") }), ...others];
}

/** A layer of a class of the caller's. Its options are those of the file, in camel case. */
function makeOwn(OwnClass: LayerClass, className: string, config: Place, name: string): Layer {
  const options: Record<string, unknown> = Object.create(null);
  for (const [option, { value }] of config.entries()) {
    if (!OF_EVERY_LAYER.has(option))
      options[option.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  const layer: unknown = Reflect.construct(OwnClass, [{ ...options }]);
  if (!(layer instanceof Layer)) {
    throw new OptionError(`${config.operator}: layers.${className} made ${show(layer)}, expected a class of layers`);
  }
  layer.name = name;
  return layer;
}

const OF_EVERY_LAYER = new Set(["name", "trainable", "dtype", "batch_input_shape", "batch_shape"]);
