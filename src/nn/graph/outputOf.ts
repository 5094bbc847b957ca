import { didYouMean, OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { isInteger } from "../../core/options.js";
import { Layer } from "../layer.js";
import { allLayers, namedLayers } from "../weights.js";
import type { Graph } from "./graph.js";
import { GraphTensor } from "./graphTensor.js";

/** What `outputOf` was asked for. */
interface Wanted {
  /** The layer, or its name in the model. */
  readonly layer: unknown;
  /** Which use counts, from 0; the last one if it is undefined. */
  readonly use: unknown;
}

/**
 * The output of a layer in a model.
 *
 * @param model the model's name, for messages
 * @param outputsOf the names of the outputs of a layer that was made with several
 * @throws OptionError if the model has no such layer, or does not use it as often
 */
export function outputIn(
  model: string,
  graph: Graph,
  { layer: wanted, use }: Wanted,
  outputsOf: (layer: Layer) => readonly string[] | undefined,
): GraphTensor {
  const [of, output] = typeof wanted === "string" && wanted.includes(".") ? cut(wanted) : [wanted, undefined];
  const [name, layer] = layerIn(model, graph, of);
  const uses = graph.nodes.filter((node) => node.layer === layer);
  if (use !== undefined && !(isInteger(use, 0) && use < uses.length)) {
    throw new OptionError(
      `outputOf: use is ${show(use)}, expected an integer from 0 to ${uses.length - 1}: the model uses ${show(name)} ${uses.length === 1 ? "once" : `${uses.length} times`}`,
    );
  }
  const node = existing(uses.at(use ?? -1));
  const outputs = outputsOf(layer);
  const number = outputs?.indexOf(output ?? "") ?? (output === undefined ? 0 : -1);
  if (number >= 0) return GraphTensor.ofNode(node, number, output ?? name);
  throw new OptionError(
    outputs
      ? `outputOf: ${show(name)} is a model with several outputs, expected one of ${outputs.map((each) => show(`${name}.${each}`)).join(", ")}`
      : `outputOf: ${show(name)} has one output, got ${show(wanted)}; leave out what comes after the dot: a layer inside another one has no place in the graph`,
  );
}

/** Names of layers have no dots. */
function cut(name: string): readonly [layer: string, output: string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function layerIn(model: string, graph: Graph, wanted: unknown): readonly [name: string, layer: Layer] {
  const layers = namedLayers(graph.layers);
  const found = layers.find(([name, layer]) => name === wanted || layer === wanted);
  if (found) return found;
  if (wanted instanceof Layer) {
    const around = layers.find(([, layer]) => allLayers(layer).has(wanted));
    throw new OptionError(
      around
        ? `outputOf: the layer ${show(wanted.name)} is inside ${show(around[0])}, expected a layer of ${show(model)} itself; ask ${show(around[0])} if that is a model`
        : `outputOf: the layer ${show(wanted.name)} is not in ${show(model)}; take one of model.layers`,
    );
  }
  if (typeof wanted !== "string") {
    throw new OptionError(`outputOf: layer is ${show(wanted)}, expected a layer of the model, or its name`);
  }
  const names = layers.map(([name]) => name);
  const advice = didYouMean(wanted, names) || `; its last layers are ${names.slice(-4).map(show).join(", ")}`;
  throw new OptionError(`outputOf: ${show(model)} has no layer ${show(wanted)}${advice}`);
}
