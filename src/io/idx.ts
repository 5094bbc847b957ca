import { FileFormatError } from "../core/errors.js";
import { checkBytes, ELEMENT_TYPES, type ElementTypeName, type HostArray, readElements } from "./arrays.js";

/** The element types by the third byte of a file. */
const TYPES: ReadonlyMap<number, ElementTypeName> = new Map([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

/**
 * Reads an IDX file, the format of MNIST (yann.lecun.com/exdb/mnist): two zero bytes, a byte for the type of the
 * elements, and a byte for the number of axes. Then come the extents as big-endian 32-bit integers, and the big-endian
 * elements in row-major order.
 *
 * @param bytes the whole file, unpacked (see `gunzip`)
 * @returns a copy of the elements: Uint8Array for bytes, Int8Array, Int16Array, Int32Array, Float32Array or
 * Float64Array
 * @throws FileFormatError if the file is incomplete or of another format. The message says what is wrong; OptionError
 * if `bytes` is not a Uint8Array
 *
 * @example
 * ```ts
 * // Two zero bytes, 8 for bytes, 2 axes, the extents 2 and 3 as four bytes each, then the elements.
 * const bytes = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60);
 * const { shape, data } = readIdx(bytes);
 * shape; // [2, 3]
 * data; // [10, 20, 30, 40, 50, 60]
 * ```
 */
export function readIdx(bytes: Uint8Array): HostArray {
  checkBytes("readIdx", bytes);
  const refuse = (what: string): never => {
    throw new FileFormatError(`readIdx: ${what}`);
  };
  const [zero, alsoZero, typeByte = 0, rank = 0] = bytes;
  if (zero === 0x1f && alsoZero === 0x8b) refuse("the file is packed by gzip; unpack it: readIdx(await gunzip(bytes))");
  const dataStart = 4 + 4 * rank;
  if (bytes.length < 4 || zero !== 0 || alsoZero !== 0) refuse(`${beginningOf(bytes)}: it is not an IDX file`);
  const typeName = TYPES.get(typeByte);
  if (!typeName) return refuse(`${beginningOf(bytes)}: 0x${hex(typeByte)} is not an element type`);
  if (bytes.length < dataStart) {
    refuse(
      `the file is cut off: it has ${bytes.length} bytes, the extents of its ${rank} axes end at byte ${dataStart}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const type = ELEMENT_TYPES[typeName];
  const expected = dataStart + shape.reduce((product, extent) => product * extent, type.size);
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? "is cut off" : "goes on after its end";
    refuse(
      `the file ${fault}: it has ${bytes.length} bytes, expected ${expected} for ${typeName} of shape [${shape.join(", ")}]`,
    );
  }
  return { shape, data: readElements(type, bytes.subarray(dataStart), false) };
}

function beginningOf(bytes: Uint8Array): string {
  const first = Array.from(bytes.subarray(0, 4), hex).join(" ");
  return first === "" ? "the file is empty" : `the file begins with ${first}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
