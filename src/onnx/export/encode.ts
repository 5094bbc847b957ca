import { loadSchema } from "../format/schema.js";
import type { Contents, Initializer, Port } from "./contents.js";
import type { OnnxAttribute } from "./form.js";
import { irVersionOf } from "./opsets.js";

/** The types of ONNX's TensorProto.DataType. */
export const DATA_TYPE = { float: 1, int64: 7, float16: 10 } as const;

/** The types of ONNX's AttributeProto.AttributeType. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The bytes of a file (onnx.proto). */
export async function encodeOnnx(contents: Contents): Promise<Uint8Array> {
  const { encode } = await loadSchema();
  return encode({
    irVersion: BigInt(irVersionOf(contents.opset)),
    producerName: "webgpu-cnn",
    opsetImport: [{ domain: "", version: BigInt(contents.opset) }],
    graph: {
      name: contents.name,
      input: contents.inputs.map(portOf),
      output: contents.outputs.map(portOf),
      initializer: contents.initializers.map(tensorOf),
      node: contents.nodes.map(({ name, operator, inputs, output, attributes }) => ({
        ...{ name, opType: operator, input: [...inputs], output: [output] },
        attribute: Object.entries(attributes).map(([name, attribute]) => ({ name, ...valueIn(attribute) })),
      })),
    },
  });
}

function portOf({ name, extents }: Port) {
  const dim = extents.map((extent) => ({
    value:
      typeof extent === "string"
        ? { case: "dimParam" as const, value: extent }
        : { case: "dimValue" as const, value: BigInt(extent) },
  }));
  return {
    name,
    type: { value: { case: "tensorType" as const, value: { elemType: DATA_TYPE.float, shape: { dim } } } },
  };
}

function tensorOf({ name, shape, data }: Initializer) {
  const [dataType, rawData] =
    data instanceof Float32Array
      ? [DATA_TYPE.float, littleEndian(data, (view, at, value) => view.setFloat32(at, value, true))]
      : data instanceof Uint16Array
        ? [DATA_TYPE.float16, littleEndian(data, (view, at, value) => view.setUint16(at, value, true))]
        : [DATA_TYPE.int64, littleEndian(data, (view, at, value) => view.setBigInt64(at, value, true))];
  return { name, dataType, dims: shape.map(BigInt), rawData };
}

function littleEndian<Value>(
  data: { readonly BYTES_PER_ELEMENT: number; readonly byteLength: number } & Iterable<Value>,
  set: (view: DataView, at: number, value: Value) => void,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of data) {
    set(view, at, value);
    at += data.BYTES_PER_ELEMENT;
  }
  return bytes;
}

function valueIn(attribute: OnnxAttribute) {
  if ("int" in attribute) return { type: ATTRIBUTE_TYPE.int, i: BigInt(attribute.int) };
  if ("ints" in attribute) return { type: ATTRIBUTE_TYPE.ints, ints: attribute.ints.map(BigInt) };
  if ("float" in attribute) return { type: ATTRIBUTE_TYPE.float, f: attribute.float };
  return { type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(attribute.text) };
}
