import type { Backend } from "../core/backend.js";
import { existing, INSPECT, sum } from "../core/objects.js";
import { elementsOf } from "../core/shape.js";
import { type ExampleShape, showExample } from "./graph/extents.js";
import type { Graph } from "./graph/graph.js";
import type { GraphInput, GraphNode } from "./graph/graphTensor.js";
import { type Extents, operationsOf, traced } from "./graph/trace.js";
import type { Layer } from "./layer.js";
import { namedLayers, weightsOf } from "./weights.js";

/**
 * One use of a layer in a model.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 4 }), new Dense({ units: 2 })]).build(backend, { inputShape: [3] });
 * const { name, outputShape, parameters, inputs } = model.summary().layers[1] ?? {};
 * [name, outputShape, parameters, inputs]; // ["dense_1", [2], 10, ["dense"]]
 * ```
 */
export interface SummarizedLayer {
  /** The name of the layer in the model, as in the names of its weights. */
  readonly name: string;
  /** The extents of the output for one example; null for an extent that varies. */
  readonly outputShape: ExampleShape;
  /** The number of values in its weights. 0 if the layer was used before: its weights are shared. */
  readonly parameters: number;
  /**
   * The number of operations on floating-point numbers to compute one example. A multiply-add counts as two.
   * Undefined if an extent varies.
   */
  readonly flops: number | undefined;
  /** Whether training changes its weights. */
  readonly trainable: boolean;
  /** The names of the layers and inputs before it. */
  readonly inputs: readonly string[];
}

/**
 * Lists the layers of a model with their shapes, parameters and operations. `model.summary()` makes it. As a string,
 * it is a table.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Conv2D({ filters: 2, kernelSize: 3 }), new Flatten(), new Dense({ units: 1 })]);
 * const summary = model.build(backend, { inputShape: [4, 4, 1] }).summary();
 * summary.layers.map(({ name }) => name); // ["conv2d", "flatten", "dense"]
 * summary.layers.map(({ outputShape }) => outputShape); // [[2, 2, 2], [8], [1]]
 * summary.parameters; // 29
 * summary.parameterBytes; // 116
 * ```
 */
export class Summary {
  /** The uses of its layers, in order. A layer that is used twice is listed twice. */
  readonly layers: readonly SummarizedLayer[];
  /** Its inputs, with the extents of one example; null for an extent that varies. */
  readonly inputs: readonly { readonly name: string; readonly shape: ExampleShape }[];
  /** The number of values in all weights. */
  readonly parameters: number;
  /** The number of values in the weights that training changes. */
  readonly trainableParameters: number;
  /**
   * The number of operations on floating-point numbers to compute one example. A multiply-add counts as two.
   * Undefined if an extent varies.
   */
  readonly flops: number | undefined;
  /** The bytes of all weights, as float32. */
  readonly parameterBytes: number;
  /** The bytes of the outputs of all layers for one example, which training keeps. Undefined if an extent varies. */
  readonly activationBytes: number | undefined;

  /** @internal */
  constructor(
    model: Layer & { readonly graph: Graph; readonly inputNames: readonly string[] },
    backend: Backend,
    extents: readonly Extents[],
    trainableParameters: number,
  ) {
    const { graph, inputNames } = model;
    this.inputs = inputNames.map((name, i) => ({ name, shape: existing(extents[i]).example }));
    this.layers = summarized(graph, inputNames, backend, extents);
    this.parameters = sum(this.layers.map(({ parameters }) => parameters));
    this.trainableParameters = trainableParameters;
    this.flops = total(this.layers.map(({ flops }) => flops));
    this.parameterBytes = 4 * this.parameters;
    this.activationBytes = total(this.layers.map(({ outputShape }) => bytesOf(outputShape)));
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString();
  }

  /** Writes a table: layer, output, parameters and flops. For a graph, it also tells what comes before each layer. */
  toString(): string {
    const isChain = this.layers.every(({ inputs }, i) => {
      return inputs.length === 1 && inputs[0] === (i === 0 ? this.inputs[0]?.name : this.layers[i - 1]?.name);
    });
    const rows = [
      ["layer", "output", "parameters", "flops", "after"],
      ...this.inputs.map(({ name, shape }) => [name, withBatch(shape), "0", "0", ""]),
      ...this.layers.map(({ name, outputShape, parameters, flops, trainable, inputs }) => [
        trainable || parameters === 0 ? name : `${name} (frozen)`,
        withBatch(outputShape),
        count(parameters),
        count(flops),
        inputs.join(", "),
      ]),
      ["in all", "", count(this.parameters), count(this.flops), ""],
    ].map((row) => (isChain ? row.slice(0, 4) : row));
    const widths = existing(rows[0]).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const lines = rows.map((row) =>
      row
        .map((cell, i) => (i === 2 || i === 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    );
    const frozen = this.parameters - this.trainableParameters;
    const notTrained = frozen > 0 ? `, ${count(frozen)} of them not trained` : "";
    const activations =
      this.activationBytes === undefined ? "" : `; ${kib(this.activationBytes)} of outputs for each example`;
    const parameters = `${count(this.parameters)} parameters (${kib(this.parameterBytes)})`;
    return [...lines, `${parameters}${notTrained}${activations}`].join("\n");
  }
}

function summarized(
  graph: Graph,
  inputNames: readonly string[],
  backend: Backend,
  extents: readonly Extents[],
): readonly SummarizedLayer[] {
  const names = new Map(namedLayers(graph.layers).map(([name, layer]) => [layer, name]));
  const nameOf = new Map<GraphInput | GraphNode, string>(
    graph.inputs.map(({ source }, i) => [source, existing(inputNames[i])]),
  );
  const seen = new Set<Layer>();
  const layers: SummarizedLayer[] = [];
  graph.walk(extents, (node, x) => {
    const { layer } = node;
    const name = existing(names.get(layer));
    nameOf.set(node, name);
    const outputs = traced(backend, layer, x);
    const parameters = seen.has(layer) ? 0 : sum([...weightsOf(layer).values()].map(({ variable }) => variable.size));
    seen.add(layer);
    layers.push({
      ...{ name, parameters, trainable: layer.trainable },
      outputShape: existing(outputs[0]).example,
      flops: operationsOf(backend, layer, x),
      inputs: node.inputs.map(({ source }) => existing(nameOf.get(source))),
    });
    return outputs;
  });
  return layers;
}

function bytesOf(shape: ExampleShape): number | undefined {
  const extents = shape.filter((extent) => extent !== null);
  return extents.length === shape.length ? 4 * elementsOf(extents) : undefined;
}

function total(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? sum(known) : undefined;
}

function withBatch(shape: ExampleShape): string {
  return shape.length === 0 ? "[N]" : `[N, ${showExample(shape).slice(1)}`;
}

function kib(bytes: number): string {
  return `${count(Math.ceil(bytes / 1024))} KiB`;
}

function count(value: number | undefined): string {
  return value === undefined ? "?" : Math.round(value).toLocaleString("en");
}
