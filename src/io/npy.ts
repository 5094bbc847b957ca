/**
 * NumPy's .npy format (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): "\x93NUMPY", a version, the
 * header's length, a header that is a Python dictionary with descr, fortran_order and shape, and then the elements.
 */
import { FileFormatError, show } from "../core/errors.js";
import {
  checkBytes,
  checkHostArray,
  concatBytes,
  ELEMENT_TYPE_NAMES,
  ELEMENT_TYPES,
  type ElementTypeName,
  type HostArray,
  littleEndianBytes,
  readElements,
} from "./arrays.js";

/** NumPy's type codes; bfloat16 has none. */
const CODES: Readonly<Record<ElementTypeName, string | undefined>> = {
  bool: "b1",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  uint16: "u2",
  int32: "i4",
  uint32: "u4",
  int64: "i8",
  uint64: "u8",
  float16: "f2",
  bfloat16: undefined,
  float32: "f4",
  float64: "f8",
};

const MAGIC = "\x93NUMPY";
/** The magic word and two bytes of version. */
const LENGTH_AT = MAGIC.length + 2;
/** The elements begin at a multiple of this. */
const ALIGNMENT = 64;

/**
 * Reads an array that `numpy.save` wrote: versions 1 to 3, either byte order, C or Fortran order.
 *
 * @returns the array in row-major order, in memory of its own. float16 is widened to a Float32Array, which holds it
 * exactly; bool comes as a Uint8Array
 * @throws FileFormatError for a file that is torn or foreign, or of a type that is no plain number (complex, text,
 * records, objects); OptionError where `bytes` are none
 */
export function readNpy(bytes: Uint8Array): HostArray {
  checkBytes("readNpy", bytes);
  const { text, dataStart } = readHeader(bytes);
  const { type, littleEndian, fortranOrder, shape } = parseHeader(text);
  const expected = dataStart + shape.reduce((product, extent) => product * extent, type.size);
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? "is cut off" : "goes on after its end";
    refuse(`the file ${fault}: it has ${bytes.length} bytes, expected ${expected} for ${text.trim()}`);
  }
  const elements = bytes.subarray(dataStart);
  const rowMajor = fortranOrder ? toRowMajor(elements, shape, type.size) : elements;
  return { shape, data: readElements(type, rowMajor, littleEndian) };
}

/**
 * Writes an array as `numpy.save` does: version 1, little-endian, C order.
 *
 * @param array the dtype follows from the typed array: float32 for Float32Array, and so on
 * @throws OptionError for data that is no typed array; ShapeError where its length does not match its shape
 */
export function writeNpy(array: HostArray): Uint8Array<ArrayBuffer> {
  const type = checkHostArray("writeNpy", "array", array);
  const order = ELEMENT_TYPES[type].size === 1 ? "|" : "<";
  const { shape } = array;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${order}${CODES[type]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const headerStart = LENGTH_AT + 2;
  const dataStart = Math.ceil((headerStart + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const beginning = Uint8Array.from(
    `${MAGIC}\x01\x00\x00\x00${header.padEnd(dataStart - headerStart - 1)}\n`,
    (character) => character.charCodeAt(0),
  );
  new DataView(beginning.buffer).setUint16(LENGTH_AT, dataStart - headerStart, true);
  return concatBytes([beginning, littleEndianBytes(array.data)]);
}

function refuse(what: string): never {
  throw new FileFormatError(`readNpy: ${what}`);
}

function readHeader(bytes: Uint8Array): { text: string; dataStart: number } {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    const advice = magic.startsWith("PK") ? "; it is a zip archive, such as .npz: unpack it first" : "";
    refuse(`the file begins with ${JSON.stringify(magic)}, expected ${JSON.stringify(MAGIC)}${advice}`);
  }
  const major = bytes[MAGIC.length] ?? 0;
  const lengthBytes = major === 1 ? 2 : 4;
  const headerStart = LENGTH_AT + lengthBytes;
  if (bytes.length < headerStart)
    refuse(`the file is cut off: it has ${bytes.length} bytes, and its header is not even begun`);
  if (major < 1 || major > 3) refuse(`the file is of version ${major}, known are 1, 2 and 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = lengthBytes === 2 ? view.getUint16(LENGTH_AT, true) : view.getUint32(LENGTH_AT, true);
  const dataStart = headerStart + length;
  if (bytes.length < dataStart) {
    refuse(`the file is cut off: it has ${bytes.length} bytes, its header alone ends at byte ${dataStart}`);
  }
  // Only names of records leave ASCII, and those are refused.
  return { text: new TextDecoder().decode(bytes.subarray(headerStart, dataStart)), dataStart };
}

function parseHeader(text: string) {
  const fields = new Map<string, string>();
  const dictionary = /^\{(.*)\}\s*$/s.exec(text)?.[1];
  if (dictionary === undefined) refuse(`the header is ${show(text.trim())}, expected a Python dictionary`);
  // A record's descr is a list of tuples.
  const entry = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\)|\[.*\])\s*(?:,|$)/sy;
  while (dictionary.slice(entry.lastIndex).trim() !== "") {
    const at = entry.lastIndex;
    const [, , name, value] = entry.exec(dictionary) ?? [];
    if (name === undefined || value === undefined) {
      refuse(`the header goes wrong at ${show(dictionary.slice(at).trim())} (it is ${show(text.trim())})`);
    }
    fields.set(name, value);
  }
  const field = (name: string) => fields.get(name) ?? refuse(`the header has no ${name} (it is ${show(text.trim())})`);

  const descr = field("descr");
  const [, order, code] = /^['"]([<>|])(\w+)['"]$/.exec(descr) ?? [];
  const typeName = ELEMENT_TYPE_NAMES.find((name) => code !== undefined && CODES[name] === code);
  if (!typeName) {
    refuse(`the elements are of type ${descr}; known are ${Object.values(CODES).filter(Boolean).join(", ")}`);
  }
  const fortran = field("fortran_order");
  if (fortran !== "True" && fortran !== "False") refuse(`fortran_order is ${fortran}, expected True or False`);
  const tuple = field("shape");
  // Python 2 wrote long integers as 3L.
  if (!/^\((\s*\d+L?\s*,)*\s*(\d+L?\s*)?\)$/.test(tuple))
    refuse(`the shape is ${tuple}, expected a tuple of integers ≥ 0`);
  const shape = [...tuple.matchAll(/\d+/g)].map(Number);
  return { type: ELEMENT_TYPES[typeName], littleEndian: order !== ">", fortranOrder: fortran === "True", shape };
}

/** Elements that lie with the first axis innermost, rearranged to lie with the last one innermost. */
function toRowMajor(columnMajor: Uint8Array, shape: readonly number[], elementBytes: number): Uint8Array {
  const rowMajor = new Uint8Array(columnMajor.length);
  // How far apart neighbours along each axis lie in column-major order.
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, extent) => product * extent, elementBytes),
  );
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < rowMajor.length; to += elementBytes) {
    for (let byte = 0; byte < elementBytes; byte++) rowMajor[to + byte] = columnMajor[from + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [extent = 1, stride = 0, position = 0] = [shape[axis], strides[axis], index[axis]];
      from += stride;
      index[axis] = position + 1;
      if (position + 1 < extent) break;
      from -= extent * stride;
      index[axis] = 0;
    }
  }
  return rowMajor;
}
