import type { Backend } from "../../core/backend.js";
import { checkBackend } from "../../core/checkBackend.js";
import { FileFormatError, OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import { readZipDirectory, readZipMember } from "../../io/zip.js";
import { makeKnown } from "../../nn/files/knownLayers.js";
import type { GraphTensor } from "../../nn/graph/graphTensor.js";
import type { Model } from "../../nn/model.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { isHdf5, readHdf5 } from "../hdf5/hdf5.js";
import { kerasLayers } from "../layers/index.js";
import { readModel } from "../read/description.js";
import { makeModel } from "../read/makeModel.js";
import { Place } from "../read/place.js";
import type { LayerPlace } from "../read/plan.js";
import type { WeightStore } from "../read/weights.js";
import { writerOf } from "../read/writer.js";
import { type LoadLayersOptions, readClasses } from "../tfjs/loadTfjs.js";
import { checkModel, targetsIn, writeWeights } from "./intoModel.js";
import { Keras3Weights } from "./keras3Weights.js";
import { LegacyWeights } from "./legacyWeights.js";
import { type LoadedGroup, readGroup, textsOf } from "./storedWeights.js";

/** The options of `loadKeras`. */
export interface LoadKerasOptions extends LoadLayersOptions {
  /** A built model that takes the weights of the file. A file of weights alone needs it. */
  readonly model?: Model<GraphTensors> | undefined;
}

/** A file, with its weights in memory. */
interface KerasFile {
  /** The model's configuration. Undefined in a file of weights. */
  readonly config: Place | undefined;
  readonly version: string | undefined;
  readonly weights: LoadedGroup;
}

/** The bytes that weights of a small file may take: a file that is damaged takes no more. */
const LEAST_LIMIT = 2 ** 28;
/** The bytes in memory for each byte of a file, at most. */
const MOST_UNPACKED = 16;

/**
 * Loads a model of Keras: `.keras`, `.h5`, or `.weights.h5` into a model. The content tells the format. The model is built,
 * with its weights as variables: predict, compile and fit, save.
 *
 * The type parameter `Outputs` is that of `new Model`. Leave it out for a model with one output.
 *
 * @param bytes the whole file
 * @param options `model` for a file of weights alone: the model that takes them. `layers` as in `loadTfjs`
 * @param backend where the weights lie
 * @returns a model that takes float32 [N, …], as in Keras. Images are [N, H, W, C]. With `model`, the same model
 * @throws (rejects with) OptionError if an argument is invalid, or with a list of all that this library cannot express;
 * FileFormatError if the file is malformed; ShapeError if weights do not fit; BackendMismatchError. Sources of the formats:
 * keras/src/saving/saving_lib.py and legacy/hdf5_format.py
 *
 * @example
 * ```ts
 * // In a page: const bytes = await (await fetch("digits.keras")).arrayBuffer();
 * const bytes = new TextEncoder().encode("no model");
 * try {
 *   const model = await loadKeras(bytes, backend);
 *   console.log(String(model.summary()));
 * } catch (error) {
 *   error instanceof FileFormatError; // true
 * }
 * ```
 */
export function loadKeras<Outputs extends GraphTensors = GraphTensor>(
  bytes: Uint8Array | ArrayBuffer,
  backend: Backend,
  options?: LoadKerasOptions,
): Promise<Model<Outputs>>;
export async function loadKeras(
  bytes: Uint8Array | ArrayBuffer,
  backend: Backend,
  options: LoadKerasOptions = {},
): Promise<unknown> {
  checkBackend("loadKeras", "backend", backend);
  const reader = new OptionReader("loadKeras", options, ["layers", "model"]);
  const model = reader.given("model");
  const classes = readClasses("loadKeras", { layers: options.layers });
  if (model !== undefined) checkModel("loadKeras", model, backend);
  const file = await readFile(bytes);
  if (model !== undefined) {
    const targets = targetsIn(model);
    const store = storeOf(
      file,
      targets.map(({ place }) => place),
    );
    writeWeights("loadKeras", targets, store);
    return model;
  }
  if (!file.config) {
    throw new OptionError(
      "loadKeras: the file has weights and no model; build the model and give it: loadKeras(bytes, backend, { model })",
    );
  }
  makeKnown(kerasLayers);
  const description = readModel(file.config);
  const writer = writerOf(file.version);
  const found = { description, writer, classes, weights: (places: readonly LayerPlace[]) => storeOf(file, places) };
  return makeModel("loadKeras", found, backend);
}

function storeOf({ weights }: KerasFile, places: readonly LayerPlace[]): WeightStore {
  const legacy = weights.groups.get("model_weights") ?? weights;
  if (textsOf(legacy, "layer_names")) return new LegacyWeights("loadKeras", legacy, places);
  return new Keras3Weights(weights, places);
}

async function readFile(given: unknown): Promise<KerasFile> {
  const bytes = given instanceof ArrayBuffer ? new Uint8Array(given) : given;
  if (!(bytes instanceof Uint8Array)) {
    throw new OptionError(`loadKeras: bytes is ${show(given)}, expected a Uint8Array or an ArrayBuffer`);
  }
  if (isHdf5(bytes)) {
    const weights = await readWeights(bytes, bytes.length);
    const [config] = weights.attributes.get("model_config") ?? [];
    const [version] = weights.attributes.get("keras_version") ?? [];
    return { weights, version, config: config === undefined ? undefined : parsed("model_config", config) };
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readArchive(bytes);
  throw new FileFormatError(
    `loadKeras: the file of ${bytes.length} bytes begins neither as a zip archive (.keras) nor as an HDF5 file (.h5)`,
  );
}

async function readArchive(bytes: Uint8Array): Promise<KerasFile> {
  const refuse = (what: string): never => {
    throw new FileFormatError(`loadKeras: the .keras file: ${what}`);
  };
  const directory = readZipDirectory(bytes, refuse);
  const member = async (name: string) => {
    const found = directory.get(name);
    if (!found) return refuse(`it has no ${name}, but ${show([...directory.keys()])}`);
    if (found.bytes > limitFor(bytes.length)) refuse(`${name} unpacks to ${found.bytes} bytes, which is too much`);
    return readZipMember(bytes, found, (what) => refuse(`${name}: ${what}`));
  };
  const text = async (name: string) => parsed(name, new TextDecoder().decode(await member(name)));
  const metadata = directory.has("metadata.json") ? await text("metadata.json") : undefined;
  const version = metadata?.isObject ? metadata.get("keras_version").value : undefined;
  const config = await text("config.json");
  return {
    config,
    version: typeof version === "string" ? version : undefined,
    weights: await readWeights(await member("model.weights.h5"), bytes.length),
  };
}

function limitFor(fileBytes: number): number {
  return Math.max(LEAST_LIMIT, MOST_UNPACKED * fileBytes);
}

async function readWeights(bytes: Uint8Array, fileBytes: number): Promise<LoadedGroup> {
  const limit = limitFor(fileBytes);
  return readGroup("loadKeras", readHdf5("loadKeras", bytes, limit), limit);
}

function parsed(what: string, text: string): Place {
  try {
    return new Place("loadKeras", what, JSON.parse(text));
  } catch (error) {
    throw new FileFormatError(`loadKeras: ${what} is not JSON (${String(error)})`);
  }
}
