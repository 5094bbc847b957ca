import { loadSchema, type Schema } from "../../../src/onnx/format/schema.js";

type Init = Parameters<Schema["encode"]>[0];

/** An array of a file. The data are floats, or int64 if it is a BigInt64Array. */
export interface FileArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** The value of an attribute: whole numbers are ints, other numbers are floats. `float` makes a float of a whole one. */
export type AttributeValue = number | string | readonly number[] | FileArray | { readonly float: number };

export interface FileNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly name?: string;
  readonly domain?: string;
}

export interface FileContents {
  readonly nodes: readonly FileNode[];
  /** Shapes by name. A text is an extent that varies. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  readonly initializers?: Readonly<Record<string, FileArray>>;
  readonly opset?: number;
}

/** Writes an ONNX file. */
export async function onnxFile(contents: FileContents): Promise<Uint8Array> {
  const { encode } = await loadSchema();
  return encode(modelOf(contents));
}

function modelOf({ nodes, inputs, outputs, initializers = {}, opset = 17 }: FileContents): Init {
  return {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: BigInt(opset) }],
    graph: {
      name: "test",
      node: nodes.map(({ op, inputs, outputs, attributes = {}, name = "", domain = "" }) => ({
        ...{ opType: op, name, domain, input: [...inputs], output: [...outputs] },
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeOf(value) })),
      })),
      initializer: Object.entries(initializers).map(([name, array]) => ({ name, ...arrayOf(array) })),
      input: Object.entries(inputs).map(([name, shape]) => portOf(name, shape)),
      output: outputs.map((name) => portOf(name, undefined)),
    },
  };
}

function portOf(name: string, shape: readonly (number | string)[] | undefined) {
  const dim = shape?.map((extent) =>
    typeof extent === "string"
      ? { value: { case: "dimParam" as const, value: extent } }
      : { value: { case: "dimValue" as const, value: BigInt(extent) } },
  );
  const tensor = { elemType: 1, ...(dim && { shape: { dim } }) };
  return { name, type: { value: { case: "tensorType" as const, value: tensor } } };
}

function arrayOf({ shape, data }: FileArray) {
  const dims = shape.map(BigInt);
  const rawData = new Uint8Array(data.slice().buffer);
  return { dims, dataType: data instanceof BigInt64Array ? 7 : 1, rawData };
}

function attributeOf(value: AttributeValue) {
  if (typeof value === "number") return Number.isInteger(value) ? { type: 2, i: BigInt(value) } : { type: 1, f: value };
  if (typeof value === "string") return { type: 3, s: new TextEncoder().encode(value) };
  if ("float" in value) return { type: 1, f: value.float };
  if ("data" in value) return { type: 4, t: arrayOf(value) };
  return { type: 7, ints: value.map(BigInt) };
}

/** Integers as an array of a file. */
export function ints(...values: readonly number[]): FileArray {
  return { shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}
