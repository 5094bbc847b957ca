/** Values that are a part of a model. Integers are int64 there. */
export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | readonly number[];
}

/** One call of an operator. */
export interface OnnxNode {
  readonly operator: string;
  /** An array is a list of integers. */
  readonly attributes: Readonly<Record<string, readonly number[] | number | string>>;
  readonly inputShape: readonly number[];
  /** The inputs after the first. */
  readonly constants: readonly Constant[];
  readonly outputShape: readonly number[];
}

/** The names of the input and of the output in each model. */
export const INPUT = "x";
export const OUTPUT = "y";

/** Its operators take axes, pads and ends of a slice as inputs. */
const OPSET = 13;
const IR_VERSION = 8;
/** TensorProto.DataType */
const [FLOAT, INT64] = [1, 7];
/** AttributeProto.AttributeType */
const [INT, STRING, INTS] = [2, 3, 7];

/** A model with one node, as the bytes of a file. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto numbers the fields. */
export function onnxModel({ operator, attributes, inputShape, constants, outputShape }: OnnxNode): Uint8Array {
  const named = constants.map((constant, i) => ({ name: `constant${i}`, ...constant }));
  const node = Buffer.concat([
    text(1, INPUT),
    ...named.map(({ name }) => text(1, name)),
    text(2, OUTPUT),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
  ]);
  const graph = Buffer.concat([
    message(1, node),
    text(2, "bench"),
    ...named.map(({ name, shape, data }) => message(5, tensor(name, shape, data))),
    message(11, valueInfo(INPUT, inputShape)),
    message(12, valueInfo(OUTPUT, outputShape)),
  ]);
  const opset = Buffer.concat([text(1, ""), integer(2, OPSET)]);
  return Buffer.concat([integer(1, IR_VERSION), message(7, graph), message(8, opset)]);
}

function attribute(name: string, value: readonly number[] | number | string): Buffer {
  if (typeof value === "number") return Buffer.concat([text(1, name), integer(3, value), integer(20, INT)]);
  if (typeof value === "string") return Buffer.concat([text(1, name), text(4, value), integer(20, STRING)]);
  return Buffer.concat([text(1, name), ...value.map((each) => integer(8, each)), integer(20, INTS)]);
}

function tensor(name: string, shape: readonly number[], data: Constant["data"]): Buffer {
  const isFloat = data instanceof Float32Array;
  const values = isFloat ? data : BigInt64Array.from(data, BigInt);
  return Buffer.concat([
    ...shape.map((extent) => integer(1, extent)),
    integer(2, isFloat ? FLOAT : INT64),
    text(8, name),
    message(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

function valueInfo(name: string, shape: readonly number[]): Buffer {
  const dimensions = Buffer.concat(shape.map((extent) => message(1, integer(1, extent))));
  const tensorType = Buffer.concat([integer(1, FLOAT), message(2, dimensions)]);
  return Buffer.concat([text(1, name), message(2, message(1, tensorType))]);
}

// Protocol Buffers: each field is its number, its kind and its value. https://protobuf.dev/programming-guides/encoding/

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function message(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

function text(field: number, content: string): Buffer {
  return message(field, Buffer.from(content));
}

/** Seven bits in each byte, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
