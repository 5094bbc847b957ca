import { elementsOf } from "../../core/shape.js";
import type { OnnxAttribute } from "./form.js";

/** A tensor that is stored in the file. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  /** float16 values are given as their bits. */
  readonly data: Float32Array | Uint16Array | BigInt64Array;
}

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** "" for one that is left out. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or an output of the graph. Extents that vary have names. */
export interface Port {
  readonly name: string;
  readonly extents: readonly (number | string)[];
}

/** What a file holds. */
export interface Contents {
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly initializers: readonly Initializer[];
  readonly nodes: readonly OnnxNode[];
}

/** The graph that is being written. Nodes come after those that they depend on. */
export class GraphContents {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly #names = new Set<string>();

  /** A name that nothing else has: this one, or with "_1" and so on behind it. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** @returns the name of the node's output */
  add(
    name: string,
    operator: string,
    inputs: readonly (string | undefined)[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): string {
    const output = this.unique(name);
    // Optional inputs at the end are left out: ONNX Runtime's LayerNormalization crashes at an empty name there.
    const given = inputs.slice(0, inputs.findLastIndex((input) => input !== undefined) + 1);
    this.nodes.push({ name: output, operator, inputs: given.map((input) => input ?? ""), output, attributes });
    return output;
  }

  /** @returns the initializer's name */
  store(name: string, data: Initializer["data"], shape: readonly number[]): string {
    if (data.length !== elementsOf(shape)) throw new Error(`${name}: ${data.length} values for [${shape.join(", ")}]`);
    const unique = this.unique(name);
    this.initializers.push({ name: unique, shape, data });
    return unique;
  }

  /** Gives values the names of the graph's outputs. One that is an input, a constant or another output too is copied. */
  nameOutputs(outputs: readonly { readonly value: string; readonly name: string }[]): void {
    const made = new Set(this.nodes.map(({ output }) => output));
    const renamed = new Map<string, string>();
    const copies: OnnxNode[] = [];
    for (const { value, name } of outputs) {
      if (made.has(value) && !renamed.has(value)) renamed.set(value, name);
      else copies.push({ name, operator: "Identity", inputs: [value], output: name, attributes: {} });
    }
    const now = (name: string) => renamed.get(name) ?? name;
    this.nodes.push(...copies);
    for (const [i, node] of this.nodes.entries()) {
      this.nodes[i] = { ...node, inputs: node.inputs.map(now), output: now(node.output) };
    }
  }
}
