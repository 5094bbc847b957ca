import type { Backend, Variable } from "../../core/backend.js";
import { OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { Graph } from "../../nn/graph/graph.js";
import { type Extents, traced } from "../../nn/graph/trace.js";
import { type Layer, partsOf } from "../../nn/layer.js";
import { Network } from "../../nn/network.js";
import { namedLayers } from "../../nn/weights.js";
import type { GraphContents } from "./contents.js";
import type { OnnxInput, OnnxNodeOptions, OnnxScope, OnnxValue } from "./form.js";
import { float16Bits, type HostWeight, type WeightForm } from "./weightForms.js";

/** A value with the shapes that it has in the layers' terms. */
export interface Traced extends OnnxInput {
  readonly extents: Extents;
}

/** Writes the nodes of a layer. It has at least one input. */
export type BuiltInExporter = (
  scope: ExportScope,
  layer: Layer,
  inputs: readonly [Traced, ...Traced[]],
  output: Extents,
) => OnnxValue;

/** The values and names of a model's weights. */
export type HostWeights = ReadonlyMap<Variable, HostWeight & { readonly name: string }>;

/** What is exported. */
export interface ExportRequest {
  readonly backend: Backend;
  readonly contents: GraphContents;
  readonly opset: number;
  readonly weights: "float32" | "float16";
  readonly values: HostWeights;
  exporterOf(layer: Layer): BuiltInExporter | undefined;
}

/** Writes layers as nodes. See `OnnxScope`. */
export class ExportScope implements OnnxScope {
  readonly opset: number;
  readonly #request: ExportRequest;
  readonly #names = new Map<Layer, string>();
  /** The names of the layers around the one that is being written. */
  #path: readonly string[] = [];
  /** Values that exist already, by what they are made of. */
  readonly #made = new Map<string, OnnxValue>();
  /** The layers that have no ONNX form, and where they are. */
  readonly #refused = new Map<Layer, string>();

  constructor(request: ExportRequest) {
    this.#request = request;
    this.opset = request.opset;
  }

  node(operator: string, inputs: readonly (OnnxValue | undefined)[], options: OnnxNodeOptions = {}): OnnxValue {
    const { attributes = {}, channelsFirst } = options;
    const first = inputs[0];
    const names = inputs.map((input) => input?.name);
    const name = this.#request.contents.add([...this.#path, operator].join("/"), operator, names, attributes);
    return channelsFirst === undefined
      ? { name, channelsFirst: first?.channelsFirst ?? false, order: first?.order }
      : { name, channelsFirst, order: undefined };
  }

  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): OnnxValue {
    const key = `constant ${data.constructor.name} ${data.join()} as ${shape.join()}`;
    return this.#once(key, () => ({
      name: this.#request.contents.store([...this.#path, "constant"].join("/"), data, shape),
      channelsFirst: false,
    }));
  }

  /** @internal A list of integers. */
  integers(values: readonly number[]): OnnxValue {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** @internal Float32 numbers: a scalar, or a list. */
  numbers(values: number | readonly number[]): OnnxValue {
    return typeof values === "number"
      ? this.constant(Float32Array.of(values), [])
      : this.constant(Float32Array.from(values), [values.length]);
  }

  /** @param form how it differs in the file from what the layer has */
  weight(layer: Layer, name: string, form?: WeightForm): OnnxValue {
    const weight = this.weightIfAny(layer, name, form);
    if (weight) return weight;
    const names = [...partsOf(layer).weights.keys()];
    throw new OptionError(
      `exportOnnx: ${layer.name} has no weight ${show(name)}; ${names.length > 0 ? `its weights are ${names.join(", ")}` : "it has none"}`,
    );
  }

  /** @internal Undefined if the layer has no such weight. */
  weightIfAny(layer: Layer, name: string, form?: WeightForm): OnnxValue | undefined {
    const variable = partsOf(layer).weights.get(name)?.variable;
    if (!variable) return undefined;
    const weight = existing(this.#request.values.get(variable));
    return this.#once(`weight ${weight.name} ${form?.key ?? ""}`, () =>
      this.#stored(weight.name, form?.make(weight) ?? weight),
    );
  }

  /** @internal The values of a weight, for what is computed from several. */
  valuesOf(layer: Layer, name: string): Float32Array | undefined {
    const variable = partsOf(layer).weights.get(name)?.variable;
    return variable && this.#request.values.get(variable)?.data;
  }

  apply(layer: Layer, inputs: readonly OnnxInput[]): OnnxInput {
    return this.one(layer, inputs.map(extended));
  }

  /** @internal The output of a layer. */
  one(layer: Layer, inputs: readonly Traced[]): Traced {
    return existing(this.#layer(layer, inputs)[0]);
  }

  /** @internal The outputs of the whole model. */
  model(model: Layer, inputs: readonly Traced[]): readonly Traced[] {
    this.#nameParts(model);
    return isPlainNetwork(model) ? this.#graph(model.graph, inputs) : this.#layer(model, inputs);
  }

  channelsFirst(x: OnnxValue): OnnxValue {
    return x.channelsFirst ? x : this.#transposed(x, [0, 3, 1, 2], true);
  }

  channelsLast(x: OnnxValue): OnnxValue {
    return x.channelsFirst ? this.#transposed(x, [0, 2, 3, 1], false) : this.inOrder(x);
  }

  /** @internal The value with its features in the layer's order. */
  inOrder(x: OnnxValue): OnnxValue {
    const { order } = x;
    if (!order) return x;
    return this.#once(`${x.name} in order`, () => {
      const places = new Array<number>(order.length).fill(0);
      for (const [place, feature] of order.entries()) places[feature] = place;
      const attributes = { axis: { int: 1 } };
      return this.node("Gather", [x, this.integers(places)], { attributes, channelsFirst: false });
    });
  }

  /** @internal Notes a layer that has no ONNX form. `finish` names all of them. @returns a value in its place */
  refuse(layer: Layer, what: string, [x]: readonly Traced[]): OnnxValue {
    this.#refused.set(layer, `${this.#path.join(".")} (${what})`);
    return existing(x);
  }

  /** @internal @throws OptionError if layers have no ONNX form. It names all of them */
  finish(): void {
    if (this.#refused.size === 0) return;
    const classes = [...new Set([...this.#refused.keys()].map(classOf))];
    const forms = classes.map((name) => `${name}: (scope, layer, inputs) => …`);
    throw new OptionError(
      `exportOnnx: no ONNX form is known for ${[...this.#refused.values()].join(", ")}; give it: { layers: { ${forms.join(", ")} } }`,
    );
  }

  #graph(graph: Graph, inputs: readonly Traced[]): readonly Traced[] {
    return graph.walk(inputs, ({ layer }, x) => this.#layer(layer, x));
  }

  #layer(layer: Layer, inputs: readonly Traced[]): readonly Traced[] {
    const around = this.#path;
    this.#path = [...around, this.#names.get(layer) ?? layer.name];
    this.#nameParts(layer);
    try {
      if (isPlainNetwork(layer)) return this.#graph(layer.graph, inputs);
      const outputs = traced(
        this.#request.backend,
        layer,
        inputs.map(({ extents }) => extents),
      );
      const extents = existing(outputs[0]);
      return [{ ...this.#written(layer, inputs, extents), shape: extents.example, extents }];
    } finally {
      this.#path = around;
    }
  }

  #written(layer: Layer, [first, ...others]: readonly Traced[], output: Extents): OnnxValue {
    const exporter = this.#request.exporterOf(layer);
    const inputs = [existing(first), ...others] as const;
    if (!exporter) return this.refuse(layer, `class ${classOf(layer)}`, inputs);
    return exporter(this, layer, inputs, output);
  }

  /** The names of layers in this one are those of weights. */
  #nameParts(layer: Layer): void {
    for (const [name, part] of namedLayers(layer.parts)) if (!this.#names.has(part)) this.#names.set(part, name);
  }

  #stored(name: string, { shape, data }: HostWeight): OnnxValue {
    const { contents, weights } = this.#request;
    // Vectors are small, and the variances among them have a wide range.
    if (weights === "float32" || shape.length < 2)
      return { name: contents.store(name, data, shape), channelsFirst: false };
    const bits = float16Bits(data);
    const lost = data.findIndex((value, i) => Number.isFinite(value) && ((bits[i] ?? 0) & 0x7c00) === 0x7c00);
    if (lost >= 0) {
      throw new OptionError(
        `exportOnnx: weights is "float16", but ${name} has the value ${data[lost]}, more than float16 can hold (65504); use "float32"`,
      );
    }
    const stored = contents.store(name, bits, shape);
    const wide = contents.add(`${name}/Cast`, "Cast", [stored], { to: { int: 1 } });
    return { name: wide, channelsFirst: false };
  }

  #transposed(x: OnnxValue, permutation: readonly number[], channelsFirst: boolean): OnnxValue {
    const make = () => this.node("Transpose", [x], { attributes: { perm: { ints: permutation } }, channelsFirst });
    return this.#once(`${x.name} transposed`, make);
  }

  #once(key: string, make: () => OnnxValue): OnnxValue {
    const known = this.#made.get(key);
    if (known) return known;
    const value = make();
    this.#made.set(key, value);
    return value;
  }
}

/** The name of a layer's class. */
export function classOf(layer: Layer): string {
  return layer.className;
}

/** Whether a layer computes what its graph says. A class of a user may compute more. */
function isPlainNetwork(layer: Layer): layer is Network<never> {
  const { callAll, call } = Network.prototype;
  return layer instanceof Network && layer.callAll === callAll && layer.call === call;
}

function extended(input: OnnxInput): Traced {
  if (isTraced(input)) return input;
  throw new OptionError(
    "exportOnnx: scope.apply got a value without a shape, expected an input of the layer or what scope.apply gave",
  );
}

function isTraced(input: OnnxInput): input is Traced {
  return "extents" in input;
}
