/** A weight of a file. */
export interface FileWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly quantization?: object;
  readonly bytes: Uint8Array;
  readonly group?: string;
}

export function float32(name: string, shape: readonly number[], values: readonly number[]): FileWeight {
  return { name, shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** A layer of Keras 2's form. */
export function layer(className: string, config: Readonly<Record<string, unknown>>, ...inbound: readonly unknown[]) {
  return { class_name: className, config, name: config["name"], inbound_nodes: inbound };
}

export const inputLayer = (name: string, ...shape: readonly (number | null)[]) =>
  layer("InputLayer", { name, batch_input_shape: [null, ...shape] });

/** One call of a layer with these layers' outputs. */
export const from = (...names: readonly string[]) => names.map((name) => [name, 0, 0, {}]);

export function functional(layers: readonly object[], inputs: readonly string[], outputs: readonly string[]) {
  const references = (names: readonly string[]) => names.map((name) => [name, 0, 0]);
  const config = { name: "model", layers, input_layers: references(inputs), output_layers: references(outputs) };
  return { class_name: "Functional", config };
}

export const sequential = (...layers: readonly object[]) => ({
  class_name: "Sequential",
  config: { name: "chain", layers },
});

/** A layers model of TensorFlow.js with all weights in one shard. */
export function tfjsFiles(model: object, weights: readonly FileWeight[], version = "2.10.0") {
  const entries = weights.map(({ bytes, ...entry }) => ({ dtype: "float32", ...entry }));
  const modelJson = {
    format: "layers-model",
    modelTopology: { keras_version: version, backend: "tensorflow", model_config: model },
    weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: entries }],
  };
  const bytes = new Uint8Array(weights.reduce((total, weight) => total + weight.bytes.length, 0));
  let at = 0;
  for (const weight of weights) {
    bytes.set(weight.bytes, at);
    at += weight.bytes.length;
  }
  return { modelJson, weights: bytes };
}
