import { FileFormatError, OptionError, show } from "../../core/errors.js";
import type { ExampleShape } from "../../nn/graph/extents.js";
import type { Place } from "./place.js";

/** A tensor of a model: an output of one call of a layer. */
export interface Reference {
  readonly layer: string;
  /** The number of the call. */
  readonly call: number;
  readonly output: number;
}

/** One use of a layer. */
export interface Call {
  readonly inputs: readonly Reference[];
  /** Arguments that are no tensors, in the place of the tensors: `null` stands for a tensor. Only functions of keras.ops have some. */
  readonly constants: readonly (number | null)[];
  /** The argument `training`, if it was given. */
  readonly training: boolean | undefined;
  /** Other arguments that change what the layer does. */
  readonly unknown: readonly string[];
}

/** A layer, or a model as a layer. */
export interface LayerDescription {
  readonly className: string;
  readonly name: string;
  readonly config: Place;
  readonly trainable: boolean;
  /** Whether it is a function of `keras.ops`, or one of TensorFlow's, not a layer. */
  readonly isFunction: boolean;
  /** Empty in a sequential model. */
  readonly calls: readonly Call[];
  /** If it is a model. */
  readonly model: ModelDescription | undefined;
  /** The extents of one example, if the layer tells them. */
  readonly inputShape: ExampleShape | undefined;
}

export interface ModelDescription {
  readonly isSequential: boolean;
  readonly className: string;
  readonly name: string;
  readonly trainable: boolean;
  readonly layers: readonly LayerDescription[];
  /** Undefined in a sequential model. */
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
  readonly inputShape: ExampleShape | undefined;
}

/** The names of the classes of models. */
const SEQUENTIAL = "Sequential";
const FUNCTIONAL = new Set(["Functional", "Model", "Container"]);

/**
 * Reads the configuration of a model, as Keras 2, Keras 3 and TensorFlow.js write it.
 *
 * @throws FileFormatError if it is malformed; OptionError if it is not that of layers connected to a graph
 */
export function readModel(place: Place): ModelDescription {
  const className = classOf(place);
  const config = place.get("config");
  if (className === SEQUENTIAL) return readSequential(place, config);
  if (FUNCTIONAL.has(className) && config.isObject && config.get("layers").isList) {
    return readFunctional(className, config);
  }
  throw new OptionError(
    `${place.operator}: the model is a ${className.slice(0, 80)}, expected a Sequential or Functional model; a class of its own is code, which the file does not hold: build the model here and load its weights`,
  );
}

function classOf(place: Place): string {
  // Registered classes have their package before the name.
  return place.get("class_name").text().replace(/^.*>/, "");
}

function readSequential(place: Place, config: Place): ModelDescription {
  // The first versions had the list alone.
  const layers = uniquelyNamed((config.isList ? config : config.get("layers")).list().map(readLayer));
  const named = config.isList ? undefined : config.get("name");
  const own = config.isList ? undefined : shapeWithBatch(config.get("build_input_shape"));
  const built = place.get("build_config");
  const builtShape = built.isNothing ? undefined : shapeWithBatch(built.get("input_shape"));
  return {
    ...{ isSequential: true, className: SEQUENTIAL, layers, inputs: [], outputs: [] },
    name: named && !named.isNothing ? named.text() : "sequential",
    trainable: config.isList || isTrainable(config),
    inputShape: inputShapeOf(layers) ?? own ?? builtShape,
  };
}

/** The shape that the first layer tells. */
function inputShapeOf(layers: readonly LayerDescription[]): ExampleShape | undefined {
  const [first] = layers;
  return first?.inputShape ?? first?.model?.inputShape;
}

function readFunctional(className: string, config: Place): ModelDescription {
  const layers = uniquelyNamed(config.get("layers").list().map(readLayer));
  const inputs = references(config.get("input_layers"));
  const outputs = references(config.get("output_layers"));
  if (inputs.length === 0 || outputs.length === 0) config.refuse("input_layers and output_layers");
  const name = config.get("name");
  const first = layers.find((layer) => layer.name === inputs[0]?.layer);
  return {
    ...{ isSequential: false, className, layers, inputs, outputs, trainable: isTrainable(config) },
    name: name.isNothing ? "model" : name.text(),
    inputShape: inputs.length === 1 ? first?.inputShape : undefined,
  };
}

function isTrainable(config: Place): boolean {
  const place = config.get("trainable");
  return place.isNothing || place.boolean();
}

function readLayer(place: Place): LayerDescription {
  const className = classOf(place);
  const config = place.get("config");
  const isModel =
    className === SEQUENTIAL || (FUNCTIONAL.has(className) && config.isObject && config.get("layers").isList);
  const model = isModel ? readModel(place) : undefined;
  if (!model && !config.isObject) config.refuse("an object");
  const named = [place.get("name"), ...(config.isObject ? [config.get("name")] : [])].find((name) => !name.isNothing);
  const name = named?.text() ?? className;
  const calls = place.get("inbound_nodes");
  return {
    ...{ className, name, config, model },
    trainable: model?.trainable ?? isTrainable(config),
    isFunction: !model && isFunction(place, className),
    calls: calls.isNothing ? [] : calls.list().map(readCall),
    inputShape: config.isObject ? shapeWithBatch(config.first("batch_input_shape", "batch_shape")) : undefined,
  };
}

function isFunction(place: Place, className: string): boolean {
  if (className === "TFOpLambda") return true;
  const module = place.get("module");
  if (!module.isNothing) return /\bops\b/.test(module.text());
  // HDF5 files have no modules. There, functions of Keras 3 have nothing but a name, and layers have more.
  const calls = place.get("inbound_nodes");
  const isOfKeras3 = calls.isList && calls.list()[0]?.isObject === true;
  return (
    isOfKeras3 &&
    place
      .get("config")
      .entries()
      .every(([name]) => name === "name")
  );
}

function uniquelyNamed(layers: readonly LayerDescription[]): readonly LayerDescription[] {
  const names = new Set<string>();
  for (const { name, config } of layers) {
    if (names.has(name)) throw new FileFormatError(`${config.operator}: two layers have the name ${show(name)}`);
    names.add(name);
  }
  return layers;
}

/** [null, 28, 28, 1] as [28, 28, 1]. Models with several inputs have a list of shapes, which is not read. */
function shapeWithBatch(place: Place): ExampleShape | undefined {
  if (place.isNothing || !place.isList) return undefined;
  const extents = place.list();
  if (extents.length === 0 || extents.some((extent) => extent.isList)) return undefined;
  return extents.slice(1).map((extent) => (extent.value === null ? null : extent.integer(1)));
}

/** One call: `[[layer, node, output, {…}], …]` as in Keras 2 and TensorFlow.js, `{ args, kwargs }` as in Keras 3. */
function readCall(place: Place): Call {
  const collected = new Arguments();
  if (place.isList) {
    // A single tensor need not be in a list.
    const entries = isReference(place) ? [place] : place.list();
    for (const entry of entries) {
      const named = entry.list()[3];
      collected.tensor(reference(entry));
      if (named && !named.isNothing) collected.named(named);
    }
  } else {
    for (const argument of place.get("args").list()) collected.argument(argument);
    const named = place.get("kwargs");
    if (!named.isNothing) collected.named(named);
  }
  return collected;
}

function isReference(place: Place): boolean {
  return place.isList && typeof place.list()[0]?.value === "string";
}

/** The arguments of one call. */
class Arguments implements Call {
  readonly inputs: Reference[] = [];
  readonly constants: (number | null)[] = [];
  readonly unknown: string[] = [];
  training: boolean | undefined;

  tensor(reference: Reference): void {
    this.inputs.push(reference);
    this.constants.push(null);
  }

  argument(place: Place): void {
    if (place.isList) for (const entry of place.list()) this.argument(entry);
    else if (place.isObject && isKerasTensor(place)) {
      const history = place.get("config").get("keras_history");
      this.tensor(history.isNothing ? place.refuse("a tensor of the model") : reference(history));
    } else if (typeof place.value === "number") this.constants.push(place.value);
    else if (!place.isNothing) this.unknown.push(`the argument ${show(place.value)}`);
  }

  named(place: Place): void {
    for (const [name, value] of place.entries()) {
      if (value.isNothing) continue;
      if (name === "training" && typeof value.value === "boolean") this.training = value.value;
      // The second operand of a function of TensorFlow.
      else if (name === "y" && typeof value.value === "number") this.constants.push(value.value);
      else if (name === "y" && isReference(value)) this.tensor(reference(value));
      // TensorFlow gives its functions a name, which may be anything.
      else if (name !== "name") this.unknown.push(`the argument ${name}`);
    }
  }
}

function isKerasTensor(place: Place): boolean {
  return place.get("class_name").value === "__keras_tensor__";
}

function reference(place: Place): Reference {
  const [layer, call, output] = place.list();
  if (!layer || !call || !output) place.refuse("[layer, node, tensor]");
  return { layer: layer.text(), call: call.integer(0), output: output.integer(0) };
}

/** One reference, or any structure of lists and objects of them. */
function references(place: Place): readonly Reference[] {
  if (isReference(place)) return [reference(place)];
  if (place.isList) return place.list().flatMap(references);
  return place.isObject ? place.entries().flatMap(([, entry]) => references(entry)) : [];
}
