import { OptionError } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { Tensor } from "../../core/tensor.js";
import { type CallContext, contextOf, type Layer } from "../layer.js";
import { type Fold, type Folds, foldsIn, NO_FOLDS } from "./folds.js";
import { type GraphInput, type GraphNode, GraphTensor, isNode } from "./graphTensor.js";
import { HandleCounts } from "./handleCounts.js";

/** Layers that are connected to each other, from inputs to outputs. */
export class Graph {
  /** In the order of their `apply`: each node comes after the nodes that it depends on. */
  readonly nodes: readonly GraphNode[];
  /** How often each output of a node, or input, is used: by nodes, and as an output of the graph. */
  readonly #uses = new Map<GraphInput | GraphNode, number[]>();
  readonly #folds: Folds;

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
    for (const { source, output } of [...this.nodes.flatMap(({ inputs }) => inputs), ...outputs]) {
      const counts = this.#uses.get(source) ?? [];
      counts[output] = (counts[output] ?? 0) + 1;
      this.#uses.set(source, counts);
    }
    this.#folds = foldsIn(this.nodes, ({ source, output }) => this.#uses.get(source)?.[output] ?? 0);
  }

  /** A chain of layers, one after the other. */
  static chain(layers: readonly Layer[], source: GraphInput = { name: undefined, shape: undefined }): Graph {
    const first = GraphTensor.ofInput(source);
    const last = layers.reduce((x, layer) => GraphTensor.ofLayer(layer, x), first);
    return new Graph([first], [last]);
  }

  /** The layers, each once. */
  get layers(): readonly Layer[] {
    return Object.freeze([...new Set(this.nodes.map(({ layer }) => layer))]);
  }

  /**
   * Computes the outputs. Each tensor is freed after its last use, and so is what a layer makes besides its outputs.
   *
   * Where the context allows it, batch normalizations are folded into the layers before them. Such a layer passes its
   * input on, and the node of the normalization computes both.
   */
  run(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] {
    const { backend } = existing(inputs[0]);
    const folds = context.folding ? this.#folds : NO_FOLDS;
    const handles = new HandleCounts(backend);
    const compute = (node: GraphNode, x: readonly Tensor[]): readonly Tensor[] => {
      if (folds.before.has(node)) return x;
      const fold = folds.at.get(node);
      return backend.tidy(() => (fold ? folded(fold, x, context) : called(node.layer, x, context)));
    };
    return backend.tidy(() => {
      handles.add(inputs);
      const visit = (node: GraphNode, x: readonly Tensor[]) => handles.add(compute(node, x));
      return this.walk(inputs, visit, (tensor) => handles.remove(tensor));
    });
  }

  /**
   * Goes through all nodes in order.
   *
   * @param visit gets a node and its inputs' values, and gives those of its outputs
   * @param ended gets each value when no later node uses it, unless it is an output
   */
  walk<Value>(
    inputs: readonly Value[],
    visit: (node: GraphNode, inputs: readonly Value[]) => readonly Value[],
    ended: (value: Value) => void = () => {},
  ): readonly Value[] {
    const values = new Map<GraphInput | GraphNode, readonly Value[]>(
      this.inputs.map(({ source }, i) => [source, [existing(inputs[i])]]),
    );
    const uses = new Map([...this.#uses].map(([source, counts]) => [source, [...counts]]));
    const valueAt = ({ source, output }: GraphTensor) => existing(values.get(source)?.[output]);
    for (const node of this.nodes) {
      const outputs = visit(node, node.inputs.map(valueAt));
      values.set(node, outputs);
      for (const tensor of node.inputs) {
        const counts = existing(uses.get(tensor.source));
        counts[tensor.output] = (counts[tensor.output] ?? 0) - 1;
        if (counts[tensor.output] === 0) ended(valueAt(tensor));
      }
      for (const [i, value] of outputs.entries()) if (!uses.get(node)?.[i]) ended(value);
    }
    return this.outputs.map(valueAt);
  }
}

function called(layer: Layer, x: readonly Tensor[], context: CallContext): readonly Tensor[] {
  return layer.callAll(x, contextOf(layer, context));
}

/** Computes a layer and the normalization after it. */
function folded({ before, normalization }: Fold, x: readonly Tensor[], context: CallContext): readonly Tensor[] {
  const y = before.normalizedOutput(existing(x[0]), normalization);
  return y ? [y] : called(normalization, called(before, x, context), context);
}
