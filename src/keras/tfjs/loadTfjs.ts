import type { Backend } from "../../core/backend.js";
import { checkBackend } from "../../core/checkBackend.js";
import { OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import { classesIn, type LayerClass, makeKnown } from "../../nn/files/knownLayers.js";
import type { GraphTensor } from "../../nn/graph/graphTensor.js";
import type { Model } from "../../nn/model.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { kerasLayers } from "../layers/index.js";
import { readModel } from "../read/description.js";
import { makeModel } from "../read/makeModel.js";
import { NamedWeights } from "../read/namedWeights.js";
import { Place } from "../read/place.js";
import { type Writer, writerOf } from "../read/writer.js";
import { parsedJson } from "./json.js";
import { readManifest, type Shards, shards } from "./manifest.js";

/** A layers model of TensorFlow.js. */
export interface TfjsFiles {
  /** The content of model.json: parsed, or its text. */
  readonly modelJson: unknown;
  /** All shards joined in the order of the manifest, or an object from the manifest's paths to bytes. */
  readonly weights: Shards;
}

/** The options of `loadTfjs`. */
export interface LoadLayersOptions {
  /**
   * Classes of layers that Keras does not have, by the names of their classes in the file: `{ MyLayer }`. `new` gets the
   * options in the file, in camel case.
   */
  readonly layers?: Readonly<Record<string, LayerClass>> | undefined;
}

/**
 * Loads a layers model of TensorFlow.js: what `tf.LayersModel.save` or tensorflowjs_converter wrote. The model is built,
 * with its weights as variables: predict, compile and fit, save.
 *
 * The type parameter `Outputs` is that of `new Model`. Leave it out for a model with one output.
 *
 * @param files model.json and the weights
 * @param backend where the weights lie
 * @returns a model that takes float32 [N, …], as in Keras. Images are [N, H, W, C]
 * @throws (rejects with) OptionError if an argument is invalid, or with a list of all that this library cannot express;
 * FileFormatError if a file is malformed; ShapeError if weights do not fit. Source of the format: tfjs-core's
 * `ModelJSON` and `WeightsManifestConfig`
 *
 * @example
 * ```ts
 * const dense = { class_name: "Dense", config: { name: "dense", units: 1, batch_input_shape: [null, 2] } };
 * const weights = [
 *   { name: "dense/kernel", shape: [2, 1], dtype: "float32" },
 *   { name: "dense/bias", shape: [1], dtype: "float32" },
 * ];
 * const modelJson = {
 *   modelTopology: { class_name: "Sequential", config: { layers: [dense] } },
 *   weightsManifest: [{ paths: ["shard.bin"], weights }],
 * };
 * const shard = new Uint8Array(Float32Array.of(2, 3, 10).buffer);
 * const model = await loadTfjs({ modelJson, weights: { "shard.bin": shard } }, backend);
 * await model.predict(backend.tensor([[1, 1]])).read(); // [15]
 * ```
 */
export function loadTfjs<Outputs extends GraphTensors = GraphTensor>(
  files: TfjsFiles,
  backend: Backend,
  options?: LoadLayersOptions,
): Promise<Model<Outputs>>;
export async function loadTfjs(files: TfjsFiles, backend: Backend, options: LoadLayersOptions = {}): Promise<unknown> {
  checkBackend("loadTfjs", "backend", backend);
  const reader = new OptionReader("loadTfjs", files, ["modelJson", "weights"], "files");
  const classes = readClasses("loadTfjs", options);
  const root = new Place("loadTfjs", "modelJson", parsedJson("loadTfjs", "modelJson", reader.given("modelJson")));
  if (!root.isObject) {
    throw new OptionError(`loadTfjs: modelJson is ${show(root.value)}, expected the content of model.json`);
  }
  if (
    root.get("format").value === "graph-model" ||
    (root.get("modelTopology").isObject && !root.get("modelTopology").get("node").isNothing)
  ) {
    throw new OptionError(
      'loadTfjs: the file is a graph model (format "graph-model"), expected a layers model; save the Keras model as .keras or .h5 and use loadKeras, or convert it to ONNX and use loadOnnx',
    );
  }
  const topology = topologyIn(root);
  const manifest = root.get("weightsManifest");
  const weights = manifest.isNothing ? [] : readManifest(manifest, shards("loadTfjs", reader.given("weights")));
  const found = {
    description: readModel(topology.model),
    weights: () => new NamedWeights(weights.filter(({ isOfOptimizer }) => !isOfOptimizer)),
    writer: topology.writer,
    classes,
  };
  makeKnown(kerasLayers);
  return makeModel("loadTfjs", found, backend);
}

/** The configuration of the model. Keras's has another object around it. */
function topologyIn(root: Place): { readonly model: Place; readonly writer: Writer } {
  const topology = root.get("modelTopology");
  const inner = topology.get("model_config");
  const version = topology.get("keras_version").value;
  const model = inner.isNothing ? topology : inner;
  return { model, writer: writerOf(version) };
}

/** The caller's classes of layers. @throws OptionError */
export function readClasses(operator: string, options: LoadLayersOptions): ReadonlyMap<string, LayerClass> {
  const reader = new OptionReader(operator, options, ["layers"]);
  return new Map(Object.entries(classesIn(reader)));
}
