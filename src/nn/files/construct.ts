import { FileFormatError, nearestName, OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { checkExampleShape, type ExampleShape } from "../graph/extents.js";
import { GraphTensor } from "../graph/graphTensor.js";
import { Layer } from "../layer.js";
import type { Json } from "../layerTypes.js";
import { Model } from "../model.js";
import type { GraphTensors } from "../modelTypes.js";
import { Sequential } from "../sequential.js";
import { BUILT_IN_LAYERS } from "./builtInLayers.js";
import type { JsonObject } from "./describe.js";
import { knownLayers, type LayerClass } from "./knownLayers.js";
import { layersToGive } from "./otherEntries.js";
import { constructOwn, isLibraryClass } from "./ownLayers.js";

/** A model as `describe` describes it, without weights. */
export interface Described {
  readonly model: Model<GraphTensors>;
  readonly inputShapes: readonly ExampleShape[];
  /** The names of the classes in it that are not of this library. */
  readonly ownClasses: readonly string[];
  /** Sets what was frozen. Call it when the model is built. */
  freeze(): void;
}

/**
 * Makes a model from its description.
 *
 * @param classes own layers by the names of their classes
 * @throws FileFormatError if the description is damaged; OptionError if it needs layers that are not known
 */
export function construct(
  operator: string,
  description: unknown,
  classes: Readonly<Record<string, LayerClass>>,
): Described {
  const known = new Map<string, LayerClass>([...BUILT_IN_LAYERS, ...knownLayers(), ...Object.entries(classes)]);
  const root = objectIn(operator, description, "the architecture");
  const described = listIn(operator, root["layers"], "layers").map((layer) => objectIn(operator, layer, "a layer"));
  refuseUnknown(operator, described, known);
  const made = new Map<number, Layer>();
  const layerAt = (number: unknown): Layer => {
    if (typeof number !== "number" || !described[number]) {
      throw new FileFormatError(`${operator}: the architecture has no layer ${show(number)}`);
    }
    const present = made.get(number);
    if (present) return present;
    const given = described[number];
    const layer = make(operator, given, known, layerAt);
    if (typeof given["name"] === "string" && given["name"] !== layer.kind) layer.name = given["name"];
    made.set(number, layer);
    return layer;
  };
  const isOwn = (name: string) => known.has(name) && !isLibraryClass(existing(known.get(name)));
  const model = layerAt(root["root"]);
  if (!(model instanceof Model)) throw new FileFormatError(`${operator}: the architecture's root is not a model`);
  const inputShapes = listIn(operator, root["inputShapes"], "inputShapes").map((shape) =>
    checkExampleShape(operator, "an input's shape", shape),
  );
  return {
    ...{ model, inputShapes, ownClasses: [...new Set(described.map((layer) => String(layer["class"])))].filter(isOwn) },
    // Layers come after those inside them, and freezing a layer freezes those inside. So the outer ones come first.
    freeze() {
      for (const [number, layer] of [...made].sort(([a], [b]) => b - a)) {
        layer.trainable = described[number]?.["trainable"] !== false;
      }
    },
  };
}

function make(
  operator: string,
  given: JsonObject,
  known: ReadonlyMap<string, LayerClass>,
  layerAt: (number: unknown) => Layer,
): Layer {
  if (given["class"] === "Sequential") {
    return new Sequential(listIn(operator, given["layers"], "layers").map(layerAt));
  }
  if (given["class"] === "Model") return makeModel(operator, given, layerAt);
  const name = String(given["class"]);
  const Class = existing(known.get(name));
  const config: unknown = withLayers(given["config"] ?? {}, layerAt);
  const layer: unknown = isLibraryClass(Class)
    ? Reflect.construct(Class, [config])
    : constructOwn(operator, name, Class, config);
  if (layer instanceof Layer) return layer;
  throw new OptionError(`${operator}: ${name} is not a class of layers`);
}

function makeModel(operator: string, given: JsonObject, layerAt: (number: unknown) => Layer): Model<GraphTensors> {
  const inputs = listIn(operator, given["inputs"], "inputs").map((each) => {
    const { name, shape, whole } = objectIn(operator, each, "an input");
    const source = {
      name: String(name),
      shape: checkExampleShape(operator, "an input's shape", shape),
      whole: whole === undefined ? undefined : checkExampleShape(operator, "an input's shape", whole),
    };
    return [source.name, GraphTensor.ofInput(source)] as const;
  });
  const nodes: (readonly GraphTensor[])[] = [];
  const tensorAt = (reference: unknown): GraphTensor => {
    const [node, output] = listIn(operator, reference, "a tensor");
    const found = node === -1 ? inputs[Number(output)]?.[1] : nodes[Number(node)]?.[Number(output)];
    if (found) return found;
    throw new FileFormatError(`${operator}: the architecture has no tensor ${show(reference)}`);
  };
  for (const each of listIn(operator, given["nodes"], "nodes")) {
    const node = objectIn(operator, each, "a node");
    const layer = layerAt(node["layer"]);
    const count = layer instanceof Model ? layer.outputNames.length : 1;
    nodes.push(GraphTensor.allOfLayer(layer, listIn(operator, node["inputs"], "inputs").map(tensorAt), count));
  }
  const outputs = Object.entries(objectIn(operator, given["outputs"], "outputs"));
  const tensors = outputs.map(([name, reference]) => [name, tensorAt(reference)] as const);
  const [first] = tensors;
  return new Model<GraphTensors>({
    inputs: Object.fromEntries(inputs),
    outputs: given["single"] === true && first ? first[1] : Object.fromEntries(tensors),
  });
}

function refuseUnknown(
  operator: string,
  described: readonly JsonObject[],
  known: ReadonlyMap<string, LayerClass>,
): void {
  const names = described.map((layer) => String(layer["class"]));
  const unknown = [...new Set(names)].filter((name) => name !== "Sequential" && name !== "Model" && !known.has(name));
  if (unknown.length === 0) return;
  const give = layersToGive(unknown);
  const nearest = give.includes(" from ") ? undefined : nearestName(unknown[0] ?? "", [...known.keys()]);
  throw new OptionError(
    `${operator}: the file has layers of the classes ${unknown.map(show).join(", ")}, which are not known; give them: ${give}${nearest ? `; near is ${show(nearest)}` : ""}`,
  );
}

function withLayers(value: Json, layerAt: (number: unknown) => Layer): unknown {
  if (isList(value)) return value.map((entry) => withLayers(entry, layerAt));
  if (typeof value !== "object" || value === null) return value;
  if ("$layer" in value) return layerAt(value["$layer"]);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withLayers(entry, layerAt)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function objectIn(operator: string, value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new FileFormatError(`${operator}: ${what} of the architecture is ${show(value)}, expected an object`);
}

function listIn(operator: string, value: unknown, what: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new FileFormatError(`${operator}: ${what} of the architecture is ${show(value)}, expected a list`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
