import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AttributeProto, GraphProto, ModelProto, ModelProtoSchema, TensorProto, ValueInfoProto } from "onnx-buf";

/** The ONNX messages (onnx.proto) and protobuf's own encoding. They are loaded when a file is read or written. */
export interface Schema {
  /** @throws Error if the bytes are no protobuf */
  decode(bytes: Uint8Array): ModelProto;
  encode(model: MessageInitShape<typeof ModelProtoSchema>): Uint8Array;
}

export async function loadSchema(): Promise<Schema> {
  const [{ create, fromBinary, toBinary }, { ModelProtoSchema }] = await Promise.all([
    import("@bufbuild/protobuf"),
    import("onnx-buf"),
  ]);
  return {
    decode: (bytes) => fromBinary(ModelProtoSchema, bytes),
    encode: (model) => toBinary(ModelProtoSchema, create(ModelProtoSchema, model)),
  };
}

export type { AttributeProto, GraphProto, ModelProto, TensorProto, ValueInfoProto };
