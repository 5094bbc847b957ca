import { OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { OptionReader } from "../../core/options.js";
import type { Layer } from "../layer.js";
import { checkExampleShape, type ExampleShape } from "./extents.js";

/** One use of a layer in a graph. */
export interface GraphNode {
  readonly layer: Layer;
  readonly inputs: readonly GraphTensor[];
  /** Nodes have rising numbers, so a node has a larger one than those that it depends on. */
  readonly number: number;
}

/** An input of a graph. */
export interface GraphInput {
  readonly name: string | undefined;
  /** Undefined if it is known only when the model is built. */
  readonly shape: ExampleShape | undefined;
  /** The extents with the first axis, if that is not a free number of examples. `shape` lacks the first then. */
  readonly whole?: ExampleShape | undefined;
}

let nodes = 0;

/**
 * A tensor of a graph: an input, or the output of a layer. It has no values. `input(…)` and `layer.apply(…)` make it,
 * and `new Model` takes it.
 *
 * @example
 * ```ts
 * const x = input([2]);
 * const y = new Dense({ units: 3 }).apply(x);
 * x instanceof GraphTensor && y instanceof GraphTensor; // true
 * const model = new Model({ inputs: x, outputs: y }).build(backend);
 * ```
 */
export class GraphTensor {
  private constructor(
    /** @internal */
    readonly source: GraphInput | GraphNode,
    /** @internal Which of the node's outputs it is. */
    readonly output: number,
    /** @internal Its name in the model that gave it. */
    readonly name?: string | undefined,
  ) {}

  /** @internal */
  static ofInput(source: GraphInput): GraphTensor {
    return new GraphTensor(source, 0);
  }

  /** @internal The first output of one use of a layer. */
  static ofLayer(layer: Layer, inputs: GraphTensor | readonly GraphTensor[]): GraphTensor {
    return new GraphTensor(nodeOf(layer, inputs), 0);
  }

  /** @internal All outputs of one use of a layer. */
  static allOfLayer(layer: Layer, inputs: GraphTensor | readonly GraphTensor[], count: number): readonly GraphTensor[] {
    const node = nodeOf(layer, inputs);
    return Array.from({ length: count }, (_, output) => new GraphTensor(node, output));
  }

  /** @internal An output of one use of a layer, with its name in a model. */
  static ofNode(node: GraphNode, output: number, name: string): GraphTensor {
    return new GraphTensor(node, output, name);
  }

  /** @internal The same tensor, with the name that it has in a model. */
  named(name: string): GraphTensor {
    return new GraphTensor(this.source, this.output, name);
  }

  get [Symbol.toStringTag](): string {
    return "GraphTensor";
  }
}

/** The options of `input`. */
export interface InputOptions {
  /** The name of the input in datasets with several inputs. "input" if left out. */
  readonly name?: string | undefined;
}

/**
 * Begins a graph of layers with an input (Keras's Input).
 *
 * @param shape the extents of one example, without the batch; null for an extent that varies, as in [null, null, 3]
 * @returns a tensor of the graph, for `layer.apply` and for the `inputs` of `new Model`
 * @throws ShapeError if an extent is not a positive integer or null; OptionError if an option is unknown, or the name
 * is no text
 *
 * @example
 * ```ts
 * const x = input([4, 4, 1]);
 * const y = new GlobalAveragePooling2D().apply(x);
 * const model = new Model({ inputs: x, outputs: y }).build(backend);
 * await model.predict(backend.full([1, 4, 4, 1], 3)).read(); // [3]
 * ```
 */
export function input(shape: ExampleShape, options: InputOptions = {}): GraphTensor {
  const reader = new OptionReader("input", options, ["name"]);
  const given = reader.given("name");
  const name = typeof given === "string" ? given : undefined;
  if (given !== name || name === "") reader.refuse("name", given, "a text");
  const source = { name, shape: checkExampleShape("input", "shape", shape) };
  return GraphTensor.ofInput(source);
}

export function isNode(source: GraphInput | GraphNode): source is GraphNode {
  return "layer" in source;
}

function nodeOf(layer: Layer, inputs: unknown): GraphNode {
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [inputs];
  const tensors = list.filter((tensor) => tensor instanceof GraphTensor);
  if (tensors.length === 0 || tensors.length < list.length) {
    const wrong = list.find((tensor) => !(tensor instanceof GraphTensor));
    throw new OptionError(
      `${layer.kind}: apply got ${show(wrong)}, expected what input(…) or another layer's apply gives, or a list of them`,
    );
  }
  return { layer, inputs: tensors, number: nodes++ };
}

/** The same tensors, with the names that they have in a model. */
export function namedTensors(tensors: readonly GraphTensor[], names: readonly string[]): readonly GraphTensor[] {
  return Object.freeze(tensors.map((tensor, i) => tensor.named(existing(names[i]))));
}
