import type { Layer } from "../layer.js";
import { LinearLayer } from "../layers/linear.js";
import { BatchNormalization } from "../layers/normalizations.js";
import { type GraphNode, type GraphTensor, isNode } from "./graphTensor.js";

/** A batch normalization, and the layer before it whose weights it can be folded into. */
export interface Fold {
  readonly before: LinearLayer;
  readonly normalization: BatchNormalization;
}

/** Where batch normalizations can be folded. */
export interface Folds {
  /** By the node of the normalization. */
  readonly at: ReadonlyMap<GraphNode, Fold>;
  /** The nodes of the layers before. */
  readonly before: ReadonlySet<GraphNode>;
}

export const NO_FOLDS: Folds = { at: new Map(), before: new Set() };

/**
 * Finds the batch normalizations that can be folded: those that are the only use of a linear layer's output.
 *
 * @param usesOf how many nodes and outputs use a tensor
 */
export function foldsIn(nodes: readonly GraphNode[], usesOf: (tensor: GraphTensor) => number): Folds {
  const at = new Map<GraphNode, Fold>();
  const before = new Set<GraphNode>();
  for (const node of nodes) {
    const { layer: normalization, inputs } = node;
    const [input, ...others] = inputs;
    if (!input || others.length > 0 || !isNode(input.source) || usesOf(input) !== 1) continue;
    const { layer, inputs: sources } = input.source;
    if (sources.length !== 1 || !isLinear(layer) || !isFoldable(normalization)) continue;
    at.set(node, { before: layer, normalization });
    before.add(input.source);
  }
  return { at, before };
}

function isLinear(layer: Layer): layer is LinearLayer {
  return layer instanceof LinearLayer && layer.folds;
}

function isFoldable(layer: Layer): layer is BatchNormalization {
  return layer instanceof BatchNormalization && layer.isFoldable;
}
