import type { Backend } from "../../core/backend.js";
import { checkBackend } from "../../core/checkBackend.js";
import { OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { GraphTensor } from "../graph/graphTensor.js";
import type { Model } from "../model.js";
import type { GraphTensors } from "../modelTypes.js";
import { Sequential } from "../sequential.js";
import { construct } from "./construct.js";
import { FORMAT, jsonOf, type ModelFileData, readFile } from "./format.js";
import { classesIn, type LayerClass } from "./knownLayers.js";
import { withOwnLayers } from "./ownLayers.js";

/**
 * The options of `loadModel`.
 *
 * @example
 * ```ts
 * class Twice extends Layer {
 *   override call(x: Tensor): Tensor { return add(x, x); }
 * }
 * const model = new Sequential([new Twice()]).build(backend, { inputShape: [1] });
 * const again = await loadModel(await model.save(), backend, { layers: { Twice } });
 * await again.predict(backend.tensor([[4]])).read(); // [8]
 * ```
 */
export interface LoadModelOptions {
  /** The classes of your own layers in the file, by their names: `{ MyLayer }`. None if left out. */
  readonly layers?: Readonly<Record<string, LayerClass>> | undefined;
}

/**
 * Makes a model from a file of `model.save()` or `model.checkpoint()`: built, with its weights, ready for `predict`.
 * Compile it to train it further. `restore` then takes over the rest of a checkpoint.
 *
 * The type parameter `Outputs` is the one of `new Model`. Leave it out for a model with one output.
 *
 * @param file what `save`, `checkpoint`, `loadCheckpoint` or `decodeSafetensors` gives
 * @param backend where the weights are, and all that the model computes
 * @returns the model. It is a `Sequential` if the file holds one
 * @throws (rejects with) OptionError if the file is not that of a model, or has layers that are not known;
 * FileFormatError if it is damaged; ShapeError if weights do not fit; OutOfMemoryError
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
 * const again = await loadModel(await model.save(), backend);
 * await again.predict(backend.tensor([[1, 2]])).read(); // [3]
 * ```
 */
export function loadModel<Outputs extends GraphTensors = GraphTensor>(
  file: ModelFileData,
  backend: Backend,
  options?: LoadModelOptions,
): Promise<Model<Outputs>>;
export async function loadModel(
  file: ModelFileData,
  backend: Backend,
  options: LoadModelOptions = {},
): Promise<unknown> {
  checkBackend("loadModel", "backend", backend);
  const reader = new OptionReader("loadModel", options, ["layers"]);
  const classes = classesIn(reader);
  const read = readFile("loadModel", file);
  const format = read.metadata.get("format");
  if (format !== FORMAT) {
    throw new OptionError(
      `loadModel: the file's format is ${show(format)}, expected ${show(FORMAT)} as model.save() gives; for weights alone, build the model and call loadWeights`,
    );
  }
  const described = construct("loadModel", jsonOf("loadModel", read, "architecture"), classes);
  const { model, inputShapes, ownClasses, freeze } = described;
  const seed = Number(read.metadata.get("seed") ?? 0);
  try {
    if (model instanceof Sequential) model.build(backend, { inputShape: inputShapes[0] ?? [], seed });
    else model.build(backend, { seed });
  } catch (error) {
    throw withOwnLayers("loadModel", error, ownClasses);
  }
  try {
    model.loadWeights(file);
    freeze();
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
