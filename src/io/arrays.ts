import { OptionError, ShapeError, show } from "../core/errors.js";
import type { Shape } from "../core/shape.js";

/** The typed arrays that files are read into and written from. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/**
 * An n-dimensional array in the host's memory, its elements in row-major order. Its extents may be 0, unlike those of a
 * tensor.
 */
export interface HostArray {
  /** The extents, integers ≥ 0. */
  readonly shape: Shape;
  /** The elements, in row-major order. */
  readonly data: NumericArray;
}

/** The form of an element type in a file, and the typed array for its values. */
export interface ElementType {
  /** The bytes of one element. */
  readonly size: number;
  /** An array of the elements in `buffer`, whose bytes are in the host's order. It may use the memory of `buffer`. */
  readonly arrayOf: (buffer: ArrayBuffer) => NumericArray;
}

export const ELEMENT_TYPE_NAMES = [
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float16",
  "bfloat16",
  "float32",
  "float64",
] as const;

/** The type of the elements of an array in a file. */
export type ElementTypeName = (typeof ELEMENT_TYPE_NAMES)[number];

/**
 * `float16` and `bfloat16` are widened to float32, which holds each of their values exactly. `bool` is read as bytes of
 * 0 and 1.
 */
export const ELEMENT_TYPES: Readonly<Record<ElementTypeName, ElementType>> = {
  bool: { size: 1, arrayOf: (buffer) => new Uint8Array(buffer) },
  int8: { size: 1, arrayOf: (buffer) => new Int8Array(buffer) },
  uint8: { size: 1, arrayOf: (buffer) => new Uint8Array(buffer) },
  int16: { size: 2, arrayOf: (buffer) => new Int16Array(buffer) },
  uint16: { size: 2, arrayOf: (buffer) => new Uint16Array(buffer) },
  int32: { size: 4, arrayOf: (buffer) => new Int32Array(buffer) },
  uint32: { size: 4, arrayOf: (buffer) => new Uint32Array(buffer) },
  int64: { size: 8, arrayOf: (buffer) => new BigInt64Array(buffer) },
  uint64: { size: 8, arrayOf: (buffer) => new BigUint64Array(buffer) },
  float16: { size: 2, arrayOf: (buffer) => Float32Array.from(new Uint16Array(buffer), float16) },
  bfloat16: { size: 2, arrayOf: widenBfloat16 },
  float32: { size: 4, arrayOf: (buffer) => new Float32Array(buffer) },
  float64: { size: 8, arrayOf: (buffer) => new Float64Array(buffer) },
};

/** The value of an IEEE 754 binary16. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 0x400) * 2 ** (exponent - 15);
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(buffer: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
}

/** The type of an array's elements. @throws OptionError if it is not a typed array of a known type */
export function elementTypeOf(operator: string, argument: string, data: unknown): ElementTypeName {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof BigUint64Array) return "uint64";
  throw new OptionError(`${operator}: ${argument} must be a typed array such as Float32Array, got ${show(data)}`);
}

/**
 * Checks an array before it is written: its type, its shape, and whether its length fits its shape.
 *
 * @throws OptionError if the data are not a typed array; ShapeError if the shape is invalid or does not fit the length
 */
export function checkHostArray(operator: string, argument: string, array: HostArray): ElementTypeName {
  const { shape, data }: { shape?: unknown; data?: unknown } = array ?? {};
  const type = elementTypeOf(operator, `${argument}.data`, data);
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new ShapeError(`${operator}: ${argument}.shape must be an array of integers ≥ 0, got ${show(shape)}`);
  }
  const elements = shape.reduce((product: number, extent: number) => product * extent, 1);
  if (elements !== array.data.length) {
    throw new ShapeError(
      `${operator}: ${argument}.data has ${array.data.length} elements, expected ${elements} for shape [${shape.join(", ")}]`,
    );
  }
  return type;
}

export const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Copies the elements out of the bytes of a file. The bytes may begin at any address. */
export function readElements(type: ElementType, bytes: Uint8Array, littleEndian: boolean): NumericArray {
  // The `slice` method of a Node Buffer does not copy.
  const copy = new Uint8Array(bytes);
  if (littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(copy, type.size);
  return type.arrayOf(copy.buffer);
}

/** The bytes of `data` in little-endian order. On a little-endian host it is a view of the same memory. */
export function littleEndianBytes(data: NumericArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (HOST_IS_LITTLE_ENDIAN) return bytes;
  const copy = new Uint8Array(bytes);
  swapBytes(copy, data.BYTES_PER_ELEMENT);
  return copy;
}

/** Reverses the bytes of each element of `size` bytes, in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    for (let low = start, high = start + size - 1; low < high; low++, high--) {
      [bytes[low], bytes[high]] = [bytes[high] ?? 0, bytes[low] ?? 0];
    }
  }
}

/** Joins byte arrays to one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** Checks that a reader got bytes. @throws OptionError if it did not */
export function checkBytes(operator: string, bytes: unknown): asserts bytes is Uint8Array {
  if (bytes instanceof Uint8Array) return;
  const advice = bytes instanceof ArrayBuffer ? "wrap it: new Uint8Array(buffer)" : "such as readFile or fetch give";
  throw new OptionError(`${operator}: bytes must be a Uint8Array, got ${show(bytes)}; ${advice}`);
}
