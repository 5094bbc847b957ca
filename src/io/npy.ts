/**
 * NumPy's .npy format (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): "\x93NUMPY", a version, the
 * length of the header, the header, and then the elements. The header is a Python dictionary with descr, fortran_order
 * and shape.
 */
import { FileFormatError, ShapeError, show } from "../core/errors.js";
import {
  checkBytes,
  checkHostArray,
  concatBytes,
  ELEMENT_TYPES,
  type HostArray,
  littleEndianBytes,
  readElements,
} from "./arrays.js";
import { NPY_CODES, npyTypeOf } from "./npyTypes.js";

const MAGIC = "\x93NUMPY";
/** The magic word and two bytes for the version precede it. */
const LENGTH_AT = MAGIC.length + 2;
/** The elements begin at a multiple of this. */
const ALIGNMENT = 64;
/** NumPy's own limit. It refuses longer headers as unsafe. */
const MAX_HEADER_BYTES = 10_000;

/**
 * Reads an array that `numpy.save` wrote: versions 1 to 3, both byte orders, C or Fortran order. The type may be every
 * code or name of a plain number type that `numpy.dtype` accepts, such as `<f4`, `=f4`, `f`, `?` and `float32`.
 *
 * @param bytes the whole file
 * @returns a copy of the array in row-major order. float16 is widened to a Float32Array, which holds it exactly. bool
 * gives a Uint8Array
 * @throws FileFormatError if the file is incomplete or of another format, or its elements are not plain numbers
 * (complex, text, records, objects); OptionError if `bytes` is not a Uint8Array
 *
 * @example
 * ```ts
 * const bytes = writeNpy({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
 * const { shape, data } = readNpy(bytes);
 * shape; // [2, 2]
 * data; // [1, 2, 3, 4]
 * ```
 */
export function readNpy(bytes: Uint8Array): HostArray {
  checkBytes("readNpy", bytes);
  return readArray(bytes, (what) => {
    throw new FileFormatError(`readNpy: ${what}`);
  });
}

type Refuse = (what: string) => never;

/** @internal @param refuse gets the words for the message, and throws */
export function readArray(bytes: Uint8Array, refuse: Refuse): HostArray {
  const { text, dataStart } = readHeader(bytes, refuse);
  const { type, littleEndian, fortranOrder, shape } = parseHeader(text, refuse);
  const expected = dataStart + shape.reduce((product, extent) => product * extent, type.size);
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? "is cut off" : "goes on after its end";
    refuse(`the file ${fault}: it has ${bytes.length} bytes, expected ${expected} for ${short(text.trim())}`);
  }
  const elements = bytes.subarray(dataStart);
  const rowMajor = fortranOrder ? toRowMajor(elements, shape, type.size) : elements;
  return { shape, data: readElements(type, rowMajor, littleEndian) };
}

/**
 * Writes an array as `numpy.save` does: version 1, little-endian, C order.
 *
 * @param array the data and their shape. The dtype follows from the typed array: float32 for Float32Array, and so on
 * @returns the bytes of the file
 * @throws OptionError if the data are not a typed array; ShapeError if their length does not fit the shape, or if there
 * are too many axes
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 2], [3, 4]]);
 * const bytes = writeNpy({ shape: x.shape, data: await x.read() });
 * bytes.length; // 144
 * readNpy(bytes).data; // [1, 2, 3, 4]
 * ```
 */
export function writeNpy(array: HostArray): Uint8Array<ArrayBuffer> {
  const type = checkHostArray("writeNpy", "array", array);
  const order = ELEMENT_TYPES[type].size === 1 ? "|" : "<";
  const { shape } = array;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${order}${NPY_CODES[type]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const headerStart = LENGTH_AT + 2;
  const dataStart = Math.ceil((headerStart + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  if (dataStart - headerStart > MAX_HEADER_BYTES) {
    throw new ShapeError(
      `writeNpy: array.shape has ${shape.length} axes, more than an .npy file's header has room for`,
    );
  }
  const beginning = Uint8Array.from(
    `${MAGIC}\x01\x00\x00\x00${header.padEnd(dataStart - headerStart - 1)}\n`,
    (character) => character.charCodeAt(0),
  );
  new DataView(beginning.buffer).setUint16(LENGTH_AT, dataStart - headerStart, true);
  return concatBytes([beginning, littleEndianBytes(array.data)]);
}

function readHeader(bytes: Uint8Array, refuse: Refuse): { text: string; dataStart: number } {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    const advice = magic.startsWith("PK") ? "; it is a zip archive, such as .npz: readNpz reads it" : "";
    refuse(`the file begins with ${JSON.stringify(magic)}, expected ${JSON.stringify(MAGIC)}${advice}`);
  }
  const major = bytes[MAGIC.length] ?? 0;
  const lengthBytes = major === 1 ? 2 : 4;
  const headerStart = LENGTH_AT + lengthBytes;
  if (bytes.length < headerStart)
    refuse(`the file is cut off: it has ${bytes.length} bytes, and ends before the header`);
  if (major < 1 || major > 3) refuse(`the file is of version ${major}, known are 1, 2 and 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = lengthBytes === 2 ? view.getUint16(LENGTH_AT, true) : view.getUint32(LENGTH_AT, true);
  if (length > MAX_HEADER_BYTES)
    refuse(`the header would have ${length} bytes, NumPy reads ${MAX_HEADER_BYTES} at most`);
  const dataStart = headerStart + length;
  if (bytes.length < dataStart) {
    refuse(`the file is cut off: it has ${bytes.length} bytes, its header alone ends at byte ${dataStart}`);
  }
  // Only the names of records may be outside ASCII, and records are refused.
  return { text: new TextDecoder().decode(bytes.subarray(headerStart, dataStart)), dataStart };
}

function parseHeader(text: string, refuse: Refuse) {
  const fields = new Map<string, string>();
  const dictionary = /^\{(.*)\}\s*$/s.exec(text)?.[1];
  if (dictionary === undefined) return refuse(`the header is ${show(text.trim())}, expected a Python dictionary`);
  // A record's descr is a list of tuples.
  const entry = /\s*(['"])(\w+)\1\s*:\s*([uU]?'[^']*'|[uU]?"[^"]*"|True|False|\([^()]*\)|\[.*\])\s*(?:,|$)/sy;
  while (dictionary.slice(entry.lastIndex).trim() !== "") {
    const at = entry.lastIndex;
    const [, , name, value] = entry.exec(dictionary) ?? [];
    if (name === undefined || value === undefined) {
      return refuse(`the header has a mistake at ${show(dictionary.slice(at).trim())} (it is ${show(text.trim())})`);
    }
    fields.set(name, value);
  }
  const field = (name: string) => fields.get(name) ?? refuse(`the header has no ${name} (it is ${show(text.trim())})`);

  const descr = field("descr");
  const [, code = ""] = /^[uU]?['"](.*)['"]$/s.exec(descr) ?? [];
  const type = npyTypeOf(code);
  if (!type) {
    return refuse(
      `the elements are of type ${short(descr)}; known are ${Object.values(NPY_CODES).filter(Boolean).join(", ")}`,
    );
  }
  const fortran = field("fortran_order");
  if (fortran !== "True" && fortran !== "False") refuse(`fortran_order is ${short(fortran)}, expected True or False`);
  const tuple = field("shape");
  // Python 2 wrote long integers as 3L.
  if (!/^\(((\s*\d+L?\s*,)+\s*(\d+L?\s*)?|\s*)\)$/.test(tuple))
    refuse(`the shape is ${short(tuple)}, expected a tuple of integers ≥ 0`);
  const shape = [...tuple.matchAll(/\d+/g)].map(Number);
  const { name, littleEndian } = type;
  return { type: ELEMENT_TYPES[name], littleEndian, fortranOrder: fortran === "True", shape };
}

/** A part of the header, shortened for a message. */
function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Brings elements from column-major order (the first axis innermost) to row-major order. */
function toRowMajor(columnMajor: Uint8Array, shape: readonly number[], elementBytes: number): Uint8Array {
  const rowMajor = new Uint8Array(columnMajor.length);
  // The strides of the axes in column-major order. Axes of extent 1 are left out, because nothing moves along them. A
  // step then changes two indices on average at most.
  const axes: { readonly extent: number; readonly stride: number; position: number }[] = [];
  let stride = elementBytes;
  for (const extent of shape) {
    if (extent > 1) axes.unshift({ extent, stride, position: 0 });
    stride *= extent;
  }
  let from = 0;
  for (let to = 0; to < rowMajor.length; to += elementBytes) {
    for (let byte = 0; byte < elementBytes; byte++) rowMajor[to + byte] = columnMajor[from + byte] ?? 0;
    for (const axis of axes) {
      from += axis.stride;
      axis.position++;
      if (axis.position < axis.extent) break;
      from -= axis.extent * axis.stride;
      axis.position = 0;
    }
  }
  return rowMajor;
}
