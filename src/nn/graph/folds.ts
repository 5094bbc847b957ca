import type { LinearPart, NormalizationPart } from "../layer.js";
import { type GraphNode, type GraphTensor, isNode } from "./graphTensor.js";

/** A batch normalization, and the layer before it whose weights it can be folded into. */
export interface Fold {
  readonly before: LinearPart;
  readonly normalization: NormalizationPart;
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
    const { layer, inputs } = node;
    const [input, ...others] = inputs;
    if (!input || others.length > 0 || !isNode(input.source) || usesOf(input) !== 1) continue;
    const { source } = input;
    const [linear, normalization] = [source.layer.asLinear, layer.asNormalization];
    if (source.inputs.length !== 1 || !linear || !normalization) continue;
    at.set(node, { before: linear, normalization });
    before.add(source);
  }
  return { at, before };
}
