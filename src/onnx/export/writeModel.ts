import { OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { ExampleShape } from "../../nn/graph/extents.js";
import type { GraphTensors, Standing } from "../../nn/modelTypes.js";
import type { Network } from "../../nn/network.js";
import { GraphContents } from "./contents.js";
import { encodeOnnx } from "./encode.js";
import type { LayerExporter, OnnxValue } from "./form.js";
import { exporterOf } from "./layers/table.js";
import { portsOf } from "./ports.js";
import { type BuiltInExporter, classOf, ExportScope, type HostWeights, type Traced } from "./scope.js";

/** What a file is to be. */
export interface WriteOptions {
  /** The number of examples, or a name for any number. */
  readonly batch: number | string;
  readonly layout: "nchw" | "nhwc";
  readonly weights: "float32" | "float16";
  readonly opset: number;
  /** The forms of own layers, by the names of their classes. */
  readonly own: ReadonlyMap<string, LayerExporter>;
  readonly values: HostWeights;
}

/**
 * Writes a model as an ONNX file. `exportOnnx` loads this function when it is called.
 *
 * @param standing what the model computes on
 * @throws (rejects with) OptionError that names all layers without an ONNX form
 */
export async function writeModel(
  model: Network<GraphTensors>,
  { backend, inputs }: Standing,
  { batch, layout, weights, opset, own, values }: WriteOptions,
): Promise<Uint8Array> {
  const contents = new GraphContents();
  const inputNames = model.inputNames.map((name) => contents.unique(name));
  const outputNames = model.outputNames.map((name) => contents.unique(name));
  const ownForms = new Map([...own].map(([name, exporter]) => [name, ownExporter(exporter)] as const));
  const scope = new ExportScope({
    ...{ backend, contents, opset, weights, values },
    exporterOf: (layer) => ownForms.get(classOf(layer)) ?? exporterOf(layer),
  });
  const channelsFirst = (shape: ExampleShape) => layout === "nchw" && shape.length === 3;
  const given = inputs.map((extents, i): Traced => {
    const shape = extents.example;
    return { name: existing(inputNames[i]), channelsFirst: channelsFirst(shape), shape, extents };
  });
  const outputs = scope.model(model, given).map((x) => {
    const y = channelsFirst(x.shape) ? scope.channelsFirst(x) : scope.channelsLast(x);
    return { ...x, ...y };
  });
  scope.finish();
  const ports = portsOf(model, batch, { names: inputNames, values: given }, { names: outputNames, values: outputs });
  contents.nameOutputs(outputs.map(({ name: value }, i) => ({ value, name: existing(outputNames[i]) })));
  const { initializers, nodes } = contents;
  return encodeOnnx({ name: model.name, opset, ...ports, initializers, nodes });
}

/** An own layer gets its features in its own order. */
function ownExporter(exporter: LayerExporter): BuiltInExporter {
  return (scope, layer, inputs, output) => {
    const values = inputs.map((x) => ({ ...x, ...scope.inOrder(x) }));
    const y: unknown = exporter(scope, layer, values, output.example);
    if (isValue(y)) return y;
    throw new OptionError(
      `exportOnnx: the ONNX form of ${layer.className} gave ${show(y)}, expected what scope.node(…) gives`,
    );
  };
}

function isValue(value: unknown): value is OnnxValue {
  return typeof value === "object" && value !== null && "name" in value && "channelsFirst" in value;
}
