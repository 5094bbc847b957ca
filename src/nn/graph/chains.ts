import { OptionError, show } from "../../core/errors.js";
import type { Layer } from "../layer.js";
import type { Graph } from "./graph.js";
import { type GraphNode, isNode } from "./graphTensor.js";

/**
 * Refuses to make a chain of layers that are no chain where they are used: one joins several tensors, or lies on
 * another branch than the one before it.
 *
 * @param graphsOf the graphs of the living models that use a layer
 * @throws OptionError
 */
export function checkChain(layers: readonly Layer[], graphsOf: (layer: Layer) => readonly Graph[]): void {
  for (const [i, layer] of layers.entries()) {
    const graphs = graphsOf(layer);
    const uses = graphs.flatMap((graph) => usesOf(graph, layer));
    if (uses.length === 0) continue;
    if (uses.every(({ inputs }) => inputs.length > 1)) refuse(layer, "joins several tensors");
    const before = layers[i - 1];
    if (before === undefined || before === layer) continue;
    const shared = graphs.filter((graph) => usesOf(graph, before).length > 0);
    const isApart = (graph: Graph) => !reaches(graph, before, layer) && !reaches(graph, layer, before);
    if (shared.length > 0 && shared.every(isApart)) refuse(layer, `is on another branch than ${show(before.name)}`);
  }
}

function refuse(layer: Layer, what: string): never {
  throw new OptionError(
    `Sequential: layers has ${show(layer.name)}, which ${what} in the model that it comes from, expected a chain; cut the graph: new Model({ inputs: model.inputs, outputs: head.apply(model.outputOf(layer)) })`,
  );
}

function usesOf(graph: Graph, layer: Layer): readonly GraphNode[] {
  return graph.nodes.filter((node) => node.layer === layer);
}

/** Whether a use of the second layer depends on one of the first. */
function reaches(graph: Graph, first: Layer, second: Layer): boolean {
  const seen = new Set<GraphNode>();
  const waiting = [...usesOf(graph, second)];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const { source } of node.inputs) {
      if (!isNode(source)) continue;
      if (source.layer === first) return true;
      waiting.push(source);
    }
  }
  return false;
}
