import { FileFormatError, OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import { ELEMENT_TYPES, type ElementTypeName, readElements } from "../../io/arrays.js";
import type { External } from "./external.js";
import type { HostTensor } from "./onnxFile.js";
import type { TensorProto } from "./schema.js";

/** ONNX's numbers of the element types (TensorProto.DataType). Types of fewer than 8 bits, texts and complex numbers are missing. */
const DTYPES: Readonly<Record<number, ElementTypeName>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

/** The element type of a number in the file. Undefined if this reader does not know it. */
export function dtypeOf(number: number): ElementTypeName | undefined {
  return Object.hasOwn(DTYPES, number) ? DTYPES[number] : undefined;
}

/** Reads tensors. The files beside the model are fetched once. */
export class TensorReader {
  readonly #files = new Map<string, Uint8Array>();

  constructor(readonly external: External | undefined) {}

  /** @throws (rejects with) FileFormatError if the tensor is damaged; OptionError if its file is not given */
  async read(tensor: TensorProto, what: string): Promise<HostTensor> {
    const dtype = dtypeOf(tensor.dataType);
    if (dtype === undefined) {
      throw new FileFormatError(
        `loadOnnx: ${what} has the element type ${tensor.dataType}, expected numbers of 8 to 64 bits or truth values`,
      );
    }
    if (tensor.segment) throw new FileFormatError(`loadOnnx: ${what} is cut into segments, expected a whole tensor`);
    const { shape, elements } = shapeOf(tensor.dims, what);
    if (tensor.dataLocation !== 1) return { dtype, shape, data: present(tensor, dtype, elements, what) };
    return { dtype, shape, data: valuesIn(await this.#externalBytes(tensor, what), dtype, elements, what) };
  }

  async #externalBytes(tensor: TensorProto, what: string): Promise<Uint8Array> {
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const location = entries.get("location");
    if (!location) throw new FileFormatError(`loadOnnx: ${what} is in another file, but its location is missing`);
    const bytes = this.#files.get(location) ?? (await this.#fetch(location, what));
    this.#files.set(location, bytes);
    const offset = countOf(entries.get("offset") ?? "0", `the offset of ${what}`);
    const length = countOf(entries.get("length") ?? String(bytes.length - offset), `the length of ${what}`);
    if (offset + length > bytes.length) {
      throw new FileFormatError(
        `loadOnnx: ${what} is ${length} bytes at ${offset} of ${show(location)}, expected it in the ${bytes.length} bytes of that file`,
      );
    }
    return bytes.subarray(offset, offset + length);
  }

  async #fetch(location: string, what: string): Promise<Uint8Array> {
    if (!this.external) {
      throw new OptionError(
        `loadOnnx: ${what} is in the file ${show(location)} beside the model; give { external: (name) => bytes }`,
      );
    }
    const bytes: unknown = await this.external(location);
    if (bytes instanceof Uint8Array) return bytes;
    throw new OptionError(`loadOnnx: external(${show(location)}) gave ${show(bytes)}, expected a Uint8Array`);
  }
}

/** The number of elements is checked against the bytes that are there before anything is allocated. */
function present(tensor: TensorProto, dtype: ElementTypeName, elements: number, what: string): HostTensor["data"] {
  if (tensor.rawData.length > 0) return valuesIn(tensor.rawData, dtype, elements, what);
  const numbers = fieldOf(tensor, dtype);
  if (numbers.length !== elements) {
    throw new FileFormatError(
      `loadOnnx: ${what} has ${numbers.length} values, expected ${elements} for its shape [${tensor.dims.join(", ")}]`,
    );
  }
  if (dtype === "float16" || dtype === "bfloat16") {
    const bits = new Uint8Array(Uint16Array.from(numbers, Number).buffer);
    return numbersOf(readElements(ELEMENT_TYPES[dtype], bits, isLittleEndian), dtype);
  }
  return dtype === "float32" ? Float32Array.from(numbers, Number) : Float64Array.from(numbers, Number);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function fieldOf(tensor: TensorProto, dtype: ElementTypeName): readonly (number | bigint)[] {
  if (dtype === "float32") return tensor.floatData;
  if (dtype === "float64") return tensor.doubleData;
  if (dtype === "int64") return tensor.int64Data;
  return dtype === "uint64" || dtype === "uint32" ? tensor.uint64Data : tensor.int32Data;
}

function valuesIn(bytes: Uint8Array, dtype: ElementTypeName, elements: number, what: string): HostTensor["data"] {
  const { size } = ELEMENT_TYPES[dtype];
  if (bytes.length !== elements * size) {
    throw new FileFormatError(
      `loadOnnx: ${what} has ${bytes.length} bytes, expected ${elements} elements of ${size} bytes`,
    );
  }
  return numbersOf(readElements(ELEMENT_TYPES[dtype], bytes, true), dtype);
}

function numbersOf(values: ReturnType<typeof readElements>, dtype: ElementTypeName): HostTensor["data"] {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number);
  return dtype === "bool" ? Float64Array.from(values, (value) => (value === 0 ? 0 : 1)) : Float64Array.from(values);
}

/** The shape of a tensor, and its number of elements. */
function shapeOf(dims: readonly bigint[], what: string): { readonly shape: Shape; readonly elements: number } {
  const shape = dims.map(Number);
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0) && Number.isSafeInteger(elements)) {
    return { shape, elements };
  }
  throw new FileFormatError(`loadOnnx: ${what} has the shape [${dims.join(", ")}], expected extents ≥ 0`);
}

function countOf(text: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new FileFormatError(`loadOnnx: ${what} is ${show(text)}, expected a number of bytes`);
}

/** The element at a position that is known to exist. */
export function at(tensor: HostTensor, position: number): number {
  return existing(tensor.data[position]);
}
