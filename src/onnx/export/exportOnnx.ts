import { OptionError, show } from "../../core/errors.js";
import { existing, sum } from "../../core/objects.js";
import { isInteger, OptionReader } from "../../core/options.js";
import { readAll } from "../../nn/files/modelFile.js";
import type { GraphTensors } from "../../nn/modelTypes.js";
import { Network } from "../../nn/network.js";
import { variablesOf, weightsOf } from "../../nn/weights.js";
import type { LayerExporter } from "./form.js";
import { OPSETS } from "./opsets.js";
import type { HostWeights } from "./scope.js";

/** The options of `exportOnnx`. */
export interface ExportOnnxOptions {
  /** The number of examples that the file takes at once, or "dynamic" for any number. "dynamic" if left out. */
  readonly batch?: number | "dynamic" | undefined;
  /**
   * The axes of inputs and outputs that are images. "nchw" if left out, as users of ONNX expect. "nhwc": as in the model.
   */
  readonly layout?: "nchw" | "nhwc" | undefined;
  /**
   * "float32" if left out. "float16" stores kernels with half the bytes. The file computes with float32 from them, and
   * vectors, such as biases, stay float32.
   */
  readonly weights?: "float32" | "float16" | undefined;
  /** The version of ONNX's operators, from 17 on. 17 if left out. */
  readonly opset?: number | undefined;
  /** The ONNX forms of own layers, by the names of their classes. */
  readonly layers?: Readonly<Record<string, LayerExporter>> | undefined;
}

/** A protobuf message has fewer bytes. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Writes a model as an ONNX file, for ONNX Runtime and others. The file computes what `predict` does: dropout is left
 * out, and batch normalization uses the moving statistics. Inputs and outputs have the model's names. An extent that
 * varies is a dimension with a name: "batch", "height", "width".
 *
 * Operators of ONNX take images as [N, C, H, W]. Kernels are stored accordingly, and so are the rows of a Dense after a
 * Flatten. A transpose is added only where a layer needs the other order.
 *
 * @param model a built model
 * @returns the bytes of the file
 * @throws (rejects with) OptionError if the model is not built, an option is invalid, or layers have no ONNX form: then
 * it names all of them; DisposedError, BackendLostError
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 2, kernelInitializer: "ones" })]).build(backend, { inputShape: [3] });
 * const bytes = await exportOnnx(model);
 * const copy = await loadOnnx(bytes, backend);
 * await copy.predict(backend.tensor([[1, 2, 3]])).read(); // [6, 6]
 * ```
 */
export async function exportOnnx(
  model: Network<never> | Network<GraphTensors>,
  options: ExportOnnxOptions = {},
): Promise<Uint8Array> {
  const reader = new OptionReader("exportOnnx", options, ["batch", "layout", "weights", "opset", "layers"]);
  const batch = readBatch(reader);
  const layout = reader.word("layout", ["nchw", "nhwc"], "nchw");
  const weights = reader.word("weights", ["float32", "float16"], "float32");
  const opset = readOpset(reader);
  const own = readLayers(reader);
  if (!(model instanceof Network)) {
    throw new OptionError(`exportOnnx: model is ${show(model)}, expected a built Model or Sequential`);
  }
  const standing = model.standing("exportOnnx");
  // The weights are read as of this call. What writes the file is loaded meanwhile.
  const [values, { writeModel }] = await Promise.all([readWeights(model, weights), import("./writeModel.js")]);
  return writeModel(model, standing, { batch, layout, weights, opset, own, values });
}

/** The values of a model's weights, as of this call. */
async function readWeights(model: Network<GraphTensors>, weights: "float32" | "float16"): Promise<HostWeights> {
  const variables = variablesOf(weightsOf(model));
  const host = await readAll(variables);
  const bytes = sum([...host.values()].map(({ data }) => data.byteLength));
  if ((weights === "float16" ? bytes / 2 : bytes) > MOST_BYTES) {
    throw new OptionError(
      `exportOnnx: the weights have ${bytes} bytes, expected less than 2 GiB, the most that an ONNX file can hold; use weights: "float16", or export parts of the model`,
    );
  }
  return new Map([...variables].map(([name, variable]) => [variable, { name, ...existing(host.get(name)) }] as const));
}

function readBatch(reader: OptionReader): number | string {
  const batch = reader.given("batch") ?? "dynamic";
  if (batch === "dynamic") return "batch";
  if (isInteger(batch, 1)) return batch;
  reader.refuse("batch", batch, '"dynamic" or an integer ≥ 1');
}

function readOpset(reader: OptionReader): number {
  const opset = reader.given("opset") ?? 17;
  const known = OPSETS.find((one) => one === opset);
  if (known !== undefined) return known;
  reader.refuse("opset", opset, `an integer from ${OPSETS[0]} to ${OPSETS.at(-1)}`);
}

function readLayers(reader: OptionReader): ReadonlyMap<string, LayerExporter> {
  const given = reader.given("layers") ?? {};
  const entries: readonly (readonly [string, unknown])[] = Object.entries(Object(given));
  const exporters = entries.flatMap(([name, exporter]) => (isExporter(exporter) ? [[name, exporter] as const] : []));
  if (typeof given !== "object" || exporters.length < entries.length) {
    reader.refuse("layers", given, "an object of functions, such as { MyLayer: (scope, layer, inputs) => … }");
  }
  return new Map(exporters);
}

function isExporter(exporter: unknown): exporter is LayerExporter {
  return typeof exporter === "function";
}
