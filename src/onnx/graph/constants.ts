import { FileFormatError } from "../../core/errors.js";
import type { HostTensor, OnnxFile, OnnxNode } from "../format/onnxFile.js";

/** The value of a Constant node. Undefined if it is a text or sparse. */
export function constantOf({ attributes, label }: OnnxNode): HostTensor | undefined {
  const [entry] = attributes;
  if (!entry || attributes.size > 1) {
    throw new FileFormatError(`loadOnnx: node ${label} (Constant) has ${attributes.size} attributes, expected one`);
  }
  const [name, { type, value }] = entry;
  if (type === "tensor") return value;
  if (type === "int" && name === "value_int") return integer([], [value]);
  if (type === "ints" && name === "value_ints") return integer([value.length], value);
  if (type === "float" && name === "value_float") return float([], [value]);
  if (type === "floats" && name === "value_floats") return float([value.length], value);
  return undefined;
}

function integer(shape: readonly number[], values: readonly number[]): HostTensor {
  return { dtype: "int64", shape, data: Float64Array.from(values) };
}

function float(shape: readonly number[], values: readonly number[]): HostTensor {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

/** The constants of a file by name: initializers, and the values of Constant nodes. */
export function constantsOf({ initializers, nodes }: OnnxFile): Map<string, HostTensor> {
  const constants = new Map(initializers);
  for (const node of nodes) {
    const [output] = node.outputs;
    if (node.op !== "Constant" || node.domain !== "" || output === undefined) continue;
    const value = constantOf(node);
    if (value) constants.set(output, value);
  }
  return constants;
}
