import { existing } from "../core/objects.js";
import type { Graph } from "./graph/graph.js";
import { type GraphTensor, isNode } from "./graph/graphTensor.js";
import type { Layer } from "./layer.js";
import { Activation } from "./layers/activation.js";
import { NamedLayer } from "./layers/options.js";
import { Flatten, Reshape } from "./layers/shaping.js";
import { Network } from "./network.js";

/** The activation that gives an output of a graph its values. Undefined if a layer of one's own gives them. */
export function activationAtEnd(graph: Graph, output: number): string | undefined {
  return activationOf(existing(graph.outputs[output]), graph, () => undefined);
}

/** @param around the activation before an input of the graph, in the graph around it */
function activationOf(
  { source, output }: GraphTensor,
  graph: Graph,
  around: (input: number) => string | undefined,
): string | undefined {
  if (!isNode(source)) return around(graph.inputs.findIndex((input) => input.source === source));
  const before = (input: number) => activationOf(existing(source.inputs[input]), graph, around);
  const layer = innermost(source.layer);
  if (layer instanceof Network) return activationOf(existing(layer.graph.outputs[output]), layer.graph, before);
  // They change no values.
  if (layer instanceof Flatten || layer instanceof Reshape) return before(0);
  const { activation } = layer instanceof NamedLayer ? layer.config() : {};
  if (layer instanceof Activation && activation === "none") return before(0);
  return typeof activation === "string" ? activation : undefined;
}

function innermost(layer: Layer): Layer {
  const last = layer instanceof Network ? undefined : layer.lastPart;
  return last ? innermost(last) : layer;
}
