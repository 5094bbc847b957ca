import { OptionError } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { Tensor } from "../../core/tensor.js";
import { type CallContext, contextOf, type Layer } from "../layer.js";
import { type GraphInput, type GraphNode, GraphTensor, isNode } from "./graphTensor.js";

/** Layers that are connected to each other, from inputs to outputs. */
export class Graph {
  /** In an order in which each comes after those that it depends on: that of their `apply`. */
  readonly nodes: readonly GraphNode[];

  /** @throws OptionError if an output depends on an input that is not listed, or an input is not used */
  constructor(
    readonly inputs: readonly GraphTensor[],
    readonly outputs: readonly GraphTensor[],
  ) {
    const nodes = new Set<GraphNode>();
    const used = new Set<GraphInput>();
    const waiting = outputs.map(({ source }) => source);
    for (let source = waiting.pop(); source; source = waiting.pop()) {
      if (!isNode(source)) used.add(source);
      else if (!nodes.has(source)) {
        nodes.add(source);
        waiting.push(...source.inputs.map((tensor) => tensor.source));
      }
    }
    this.nodes = [...nodes].sort((a, b) => a.number - b.number);
    const sources = new Set(inputs.map(({ source }) => source));
    for (const source of used) {
      if (!sources.has(source)) {
        throw new OptionError(
          `Model: an output depends on the input ${source.name ?? "without a name"}, which is not among inputs; add it`,
        );
      }
    }
    for (const [i, { source }] of inputs.entries()) {
      if (isNode(source) || !used.has(source)) {
        throw new OptionError(`Model: inputs[${i}] reaches no output; leave it out, or connect it`);
      }
    }
  }

  /** A chain of layers, one after the other. */
  static chain(layers: readonly Layer[]): Graph {
    const first = GraphTensor.ofInput({ name: undefined, shape: undefined });
    const last = layers.reduce((x, layer) => GraphTensor.ofLayer(layer, x), first);
    return new Graph([first], [last]);
  }

  /** The layers, each once. */
  get layers(): readonly Layer[] {
    return [...new Set(this.nodes.map(({ layer }) => layer))];
  }

  /** Computes the outputs. */
  run(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] {
    return this.walk(inputs, ({ layer }, x) => layer.callAll(x, contextOf(layer, context)));
  }

  /** Goes through all nodes in order. `visit` gets a node and its inputs' values, and gives those of its outputs. */
  walk<Value>(
    inputs: readonly Value[],
    visit: (node: GraphNode, inputs: readonly Value[]) => readonly Value[],
  ): readonly Value[] {
    const values = new Map<GraphInput | GraphNode, readonly Value[]>(
      this.inputs.map(({ source }, i) => [source, [existing(inputs[i])]]),
    );
    const valueAt = ({ source, output }: GraphTensor) => existing(values.get(source)?.[output]);
    for (const node of this.nodes) values.set(node, visit(node, node.inputs.map(valueAt)));
    return this.outputs.map(valueAt);
  }
}
