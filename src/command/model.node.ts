import type { Backend } from "../core/backend.js";
import { nearestName, OptionError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { loadCheckpoint } from "../io/checkpoint.node.js";
import { BUILT_IN_LAYERS } from "../nn/files/builtInLayers.js";
import { loadModel } from "../nn/files/loadModel.js";
import { checkExampleShape } from "../nn/graph/extents.js";
import { Layer } from "../nn/layer.js";
import type { Model } from "../nn/model.js";
import { Sequential } from "../nn/sequential.js";
import { compileOptions } from "./compile.js";
import { type JobFile, partOf } from "./jobFile.node.js";
import { located, within } from "./located.js";
import { filePath } from "./paths.node.js";

/**
 * Makes the model of a job file, built and compiled.
 *
 * @throws (rejects with) OptionError if something in `model` or `compile` is wrong; the message says where
 */
export async function makeModel(file: JobFile, backend: Backend): Promise<Model> {
  const compile = compileOptions(
    file.name,
    partOf(file, "compile", '{ "optimizer": "adam", "loss": "softmaxCrossEntropy" }'),
  );
  const model = await readModel(file, backend);
  within(file.name, "compile", () => model.compile(compile));
  return model;
}

async function readModel(file: JobFile, backend: Backend): Promise<Model> {
  const { name, folder } = file;
  const reader: OptionReader = new OptionReader(
    name,
    partOf(file, "model", '{ "inputShape": [28, 28, 1], "layers": […] } or { "file": FILE }'),
    ["inputShape", "seed", "layers", "file"],
    "model",
  );
  const path = reader.given("file");
  if (path === undefined) return buildModel(name, reader, backend);
  const also = ["inputShape", "seed", "layers"].find((field) => reader.given(field) !== undefined);
  if (also !== undefined) throw new OptionError(`${name}: model has file and ${also}; leave one out`);
  if (typeof path !== "string") reader.refuse("file", path, "the path of a file that model.save() gave");
  const found = await filePath(path, folder, (problem) => {
    throw new OptionError(`${name}: model.file is ${show(path)}, ${problem}`);
  });
  try {
    return await loadModel(await loadCheckpoint(found), backend);
  } catch (error) {
    throw located(name, "model.file", error);
  }
}

function buildModel(name: string, reader: OptionReader, backend: Backend): Model {
  const given = reader.given("inputShape");
  if (given === undefined) reader.refuse("inputShape", given, "the extents of one example such as [28, 28, 1]");
  const inputShape = within(name, "model", () => checkExampleShape("build", "inputShape", given));
  const seed = reader.integer("seed", 0, 0);
  const listed = reader.given("layers");
  if (listed === undefined) reader.refuse("layers", listed, LAYERS_EXAMPLE);
  const layers = layersIn(name, "model.layers", listed);
  if (layers.length === 0) reader.refuse("layers", [], "at least one layer");
  return within(name, "model", () => new Sequential(layers).build(backend, { inputShape, seed }));
}

const LAYERS_EXAMPLE = 'a list of layers such as [{ "class": "Dense", "units": 10 }]';

function layersIn(name: string, where: string, given: unknown): readonly Layer[] {
  if (Array.isArray(given)) return given.map((each: unknown, i) => layerFrom(name, `${where}[${i}]`, each));
  throw new OptionError(`${name}: ${where} is ${show(given)}, expected ${LAYERS_EXAMPLE}`);
}

const LAYERS = new Map(BUILT_IN_LAYERS);

/** Makes a layer from `{ "class": "Conv2D", …its options }`. Options that are lists of layers, as of Residual, become layers. */
function layerFrom(name: string, where: string, given: unknown): Layer {
  if (typeof given !== "object" || given === null || !("class" in given)) {
    throw new OptionError(
      `${name}: ${where} is ${show(given)}, expected a layer such as { "class": "Dense", "units": 10 }`,
    );
  }
  const { class: className, ...config } = given;
  const Class = LAYERS.get(String(className));
  if (!Class) {
    const nearest = nearestName(String(className), [...LAYERS.keys()]);
    throw new OptionError(
      `${name}: ${where}.class is ${show(className)}, expected a class of layers; ${nearest ? `did you mean ${show(nearest)}?` : `known are ${[...LAYERS.keys()].join(", ")}`}`,
    );
  }
  const options = Object.entries(config).map(([option, value]: [string, unknown]) => [
    option,
    isLayers(value) ? layersIn(name, `${where}.${option}`, value) : value,
  ]);
  const layer: unknown = within(name, where, () => Reflect.construct(Class, [Object.fromEntries(options)]));
  if (layer instanceof Layer) return layer;
  throw new Error(`${className} is not a class of layers`);
}

function isLayers(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => Object(each) === each && "class" in each);
}
