import type { Shape } from "../../core/shape.js";
import type { ElementTypeName } from "../../io/arrays.js";

/** An array in the host's memory. Its extents may be 0. Integers and truth values are doubles too. */
export interface HostTensor {
  readonly dtype: ElementTypeName;
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array;
}

/** The value of an attribute. Integers are doubles: none of ONNX's attributes needs more than 2⁵³, but for "to the end". */
export type Attribute =
  | { readonly type: "int" | "float"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "ints" | "floats"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensor"; readonly value: HostTensor }
  /** A graph, a sparse tensor, a type, or a list of these. No operator of this reader takes one. */
  | { readonly type: "other"; readonly value: undefined };

export interface OnnxNode {
  /** Its name, or its number among the nodes if it has none. */
  readonly label: string;
  readonly name: string;
  readonly op: string;
  /** "" for ONNX's own operators. */
  readonly domain: string;
  /** The names of values. "" for an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** An input or output of the graph. */
export interface OnnxPort {
  readonly name: string;
  /** Undefined if the file does not tell. */
  readonly dtype: ElementTypeName | undefined;
  /** Null for an extent that varies. Undefined if the file does not tell the rank. */
  readonly shape: readonly (number | null)[] | undefined;
}

/** What an ONNX file holds, as plain values. */
export interface OnnxFile {
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** In an order in which each node comes after those that it depends on. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, HostTensor>;
  /** Without those that an initializer gives a value. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}
