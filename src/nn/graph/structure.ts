import { existing } from "../../core/objects.js";
import type { Layer } from "../layer.js";
import type { Json } from "../layerTypes.js";
import { inputOf } from "./forms.js";
import type { Graph } from "./graph.js";
import { type GraphInput, type GraphNode, type GraphTensor, isNode } from "./graphTensor.js";

/** A graph with the names of its inputs and outputs. */
export interface NamedGraph {
  readonly graph: Graph;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Whether there is one output, without a name. */
  readonly single: boolean;
}

/** Describes how the layers of a model are connected, for files; see `describe`. */
export function structureOf(
  { graph, inputNames, outputNames, single }: NamedGraph,
  numberOf: (layer: Layer) => number,
): { readonly [name: string]: Json } {
  const { inputs, nodes, outputs } = graph;
  const inputNumbers = new Map<GraphInput | GraphNode, number>(inputs.map(({ source }, i) => [source, i]));
  const nodeNumbers = new Map<GraphInput | GraphNode, number>(nodes.map((node, i) => [node, i]));
  const reference = ({ source, output }: GraphTensor): Json =>
    isNode(source) ? [existing(nodeNumbers.get(source)), output] : [-1, existing(inputNumbers.get(source))];
  return {
    inputs: inputNames.map((name, i) => {
      const { shape, whole } = inputOf(existing(inputs[i]));
      return { name, shape: shape ? [...shape] : null, ...(whole && { whole: [...whole] }) };
    }),
    nodes: nodes.map(({ layer, inputs }) => ({ layer: numberOf(layer), inputs: inputs.map(reference) })),
    single,
    outputs: Object.fromEntries(outputNames.map((name, i) => [name, reference(existing(outputs[i]))])),
  };
}
