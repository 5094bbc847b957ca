/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes with the length N of the header, a JSON
 * header of N bytes, and the bytes of the tensors. The header has the dtype, shape and position of each tensor. The
 * tensors have no gaps between them and reach to the end of the file. Everything is little-endian.
 */
import { FileFormatError, OptionError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import type { Shape } from "../core/shape.js";
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
import { hasLoneSurrogate, type Json, parseJson, showJson } from "./json.js";

const DTYPES = {
  bool: "BOOL",
  int8: "I8",
  uint8: "U8",
  int16: "I16",
  uint16: "U16",
  int32: "I32",
  uint32: "U32",
  int64: "I64",
  uint64: "U64",
  float16: "F16",
  bfloat16: "BF16",
  float32: "F32",
  float64: "F64",
} as const satisfies Record<ElementTypeName, string>;

/** The type of the elements of a tensor, as a safetensors file names it. */
export type SafetensorsDtype = (typeof DTYPES)[ElementTypeName];

/** One tensor of a file. `F16` and `BF16` are read into a Float32Array, `BOOL` into a Uint8Array. */
export interface SafetensorsTensor extends HostArray {
  /** The dtype in the file. */
  readonly dtype: SafetensorsDtype;
}

/** Tensors by name. In an object, integer-like names come first, as always in JavaScript. A map keeps its order. */
export type TensorEntries = ReadonlyMap<string, HostArray> | { readonly [name: string]: HostArray };
/** The texts of a file besides its tensors, by name. */
export type Metadata = { readonly [name: string]: string };

/** The content of a file, as it is given to be written. `model.save()` and `model.checkpoint()` give it. */
export interface TensorFile {
  /** The arrays by name. */
  readonly tensors: TensorEntries;
  /** Strings by name. None if left out. */
  readonly metadata?: Metadata | ReadonlyMap<string, string> | undefined;
}

/** The content of a file, as it is read. It can be written again, and given to `model.restore` and `loadModel`. */
export interface SafetensorsFile {
  /** The tensors by name, in the order of their bytes. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** The strings by name. `{}` if the file has none. */
  readonly metadata: Metadata;
}

const LENGTH_BYTES = 8;
/** The limit of the format. It detects bytes that are not a header. */
const MAX_HEADER_BYTES = 100_000_000;
/** The tensors' bytes begin at a multiple of this. */
const ALIGNMENT = 8;
const METADATA = "__metadata__";
/** How zip archives begin, such as PyTorch's files. */
const ZIP_START = "PK\u0003\u0004";

/**
 * Writes tensors as a safetensors file.
 *
 * @param file `{ tensors, metadata }`: the tensors by name, and optional strings by name. The dtype follows from the
 * typed array: F32 for Float32Array, F64, I8 to I64, U8 to U64. For alignment, tensors with wide elements come first.
 * Otherwise they keep the given order. The same content gives the same bytes
 * @returns the bytes of the file
 * @throws OptionError if it is not of this form, data are not a typed array, or the format cannot hold a name or the
 * metadata; ShapeError if a length does not fit its shape
 *
 * @example
 * ```ts
 * const bytes = encodeSafetensors({ tensors: { w: { shape: [2], data: Float32Array.of(1, 2) } } });
 * decodeSafetensors(bytes).tensors.get("w")?.data; // [1, 2]
 * ```
 */
export function encodeSafetensors(file: TensorFile): Uint8Array<ArrayBuffer>;
export function encodeSafetensors(file: TensorFile, ...others: readonly unknown[]): Uint8Array<ArrayBuffer> {
  // Up to version 0.3 the metadata were a second argument. Without them, a file would be incomplete in silence.
  if (others.length > 0) refuseForm("encodeSafetensors", `${1 + others.length} arguments`);
  return concatBytes(safetensorsParts("encodeSafetensors", file));
}

/**
 * @internal The file in parts. If possible, a part is the memory of a tensor itself, because large tensors should not
 * be copied.
 */
export function safetensorsParts(operator: string, file: TensorFile): Uint8Array[] {
  if (isRecord(file) && !("tensors" in file)) refuseForm(operator, shownForm(file));
  new OptionReader(operator, file, ["tensors", "metadata"], "file");
  const { tensors: entries, metadata = {} } = file;
  const tensors = entriesOf(operator, "tensors", entries).map(([name, array]) => {
    if (name === METADATA)
      throw new OptionError(`${operator}: no tensor can be named ${METADATA}; the format needs it`);
    checkText(operator, "the name", name);
    const type = checkHostArray(operator, `tensors ${show(name)}`, array);
    return { name, shape: array.shape, type, bytes: littleEndianBytes(array.data) };
  });
  tensors.sort((a, b) => ELEMENT_TYPES[b.type].size - ELEMENT_TYPES[a.type].size);

  const fields: string[] = [];
  const metadataFields = entriesOf(operator, "metadata", metadata).map(([name, value]) => {
    if (typeof value !== "string") {
      throw new OptionError(
        `${operator}: metadata ${show(name)} is ${show(value)}, expected a string; JSON.stringify it`,
      );
    }
    checkText(operator, "the metadata's name", name);
    checkText(operator, `metadata ${show(name)}`, value);
    return field(name, value);
  });
  if (metadataFields.length > 0) fields.push(`${JSON.stringify(METADATA)}:{${metadataFields.join()}}`);
  let begin = 0;
  for (const { name, shape, type, bytes } of tensors) {
    const end = begin + bytes.length;
    fields.push(field(name, { dtype: DTYPES[type], shape, data_offsets: [begin, end] }));
    begin = end;
  }
  return [...headerParts(operator, `{${fields.join()}}`), ...tensors.map(({ bytes }) => bytes)];
}

/**
 * Reads a safetensors file. It checks every rule of the format, so an incomplete or damaged file is always refused.
 *
 * @param bytes the whole file
 * @returns `{ tensors, metadata }`: a Map with a copy of each tensor, and the strings by name
 * @throws FileFormatError if the file breaks a rule of the format. The message says what is wrong, and where;
 * OptionError if `bytes` is not a Uint8Array
 *
 * @example
 * ```ts
 * const bytes = encodeSafetensors({
 *   tensors: { w: { shape: [2], data: Float32Array.of(1, 2) } },
 *   metadata: { epoch: "3" },
 * });
 * const { tensors, metadata } = decodeSafetensors(bytes);
 * tensors.get("w")?.dtype; // "F32"
 * metadata["epoch"]; // "3"
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  checkBytes("decodeSafetensors", bytes);
  return readSafetensors("decodeSafetensors", bytes);
}

/** @internal @param source the beginning of each error message */
export function readSafetensors(source: string, bytes: Uint8Array): SafetensorsFile {
  const refuse: Refuse = (what) => {
    throw new FileFormatError(`${source}: ${what}`);
  };
  const { header, dataStart } = readHeader(bytes, refuse);
  const places = [...header].flatMap(([name, info]) => (name === METADATA ? [] : readPlace(name, info, refuse)));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);

  let reached = 0;
  let previous = "the header";
  for (const { name, begin, end } of places) {
    if (begin !== reached) {
      const fault = begin < reached ? "overlaps with" : "leaves a hole after";
      refuse(`tensor ${show(name)} begins at ${begin} and ${fault} ${previous}, which ends at ${reached}`);
    }
    reached = end;
    previous = `tensor ${show(name)}`;
  }
  const expected = dataStart + reached;
  if (bytes.length < expected) {
    refuse(`the file is cut off: it has ${bytes.length} bytes, its header describes ${expected}`);
  }
  if (bytes.length > expected) {
    refuse(
      `the file has ${bytes.length} bytes, its last tensor ends at byte ${expected}: the bytes after it belong to no tensor`,
    );
  }

  const data = bytes.subarray(dataStart);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, type, shape, begin, end } of places) {
    const elements = readElements(ELEMENT_TYPES[type], data.subarray(begin, end), true);
    tensors.set(name, { dtype: DTYPES[type], shape, data: elements });
  }
  return { tensors, metadata: readMetadata(header.get(METADATA), refuse) };
}

type Refuse = (what: string) => never;

/** A tensor as the header describes it. `begin` and `end` count from the end of the header. */
interface Place {
  readonly name: string;
  readonly type: ElementTypeName;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

function field(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function headerParts(operator: string, json: string): [length: Uint8Array, header: Uint8Array] {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  if (length > MAX_HEADER_BYTES) {
    throw new OptionError(
      `${operator}: names, shapes and metadata take ${length} bytes, the format allows ${MAX_HEADER_BYTES}`,
    );
  }
  const header = new Uint8Array(length).fill(" ".charCodeAt(0));
  header.set(text);
  const lengthBytes = new Uint8Array(LENGTH_BYTES);
  new DataView(lengthBytes.buffer).setBigUint64(0, BigInt(length), true);
  return [lengthBytes, header];
}

function readHeader(bytes: Uint8Array, refuse: Refuse): { header: ReadonlyMap<string, Json>; dataStart: number } {
  if (bytes.length < LENGTH_BYTES) {
    refuse(`the file has ${bytes.length} bytes, a safetensors file has ${LENGTH_BYTES} for its header's length alone`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    if (new TextDecoder().decode(bytes.subarray(0, 4)) === ZIP_START) {
      refuse(
        'the file is a zip archive, as PyTorch writes it, expected safetensors; write it in Python: safetensors.torch.save_file(model.state_dict(), "net.safetensors")',
      );
    }
    refuse(`the header would have ${length} bytes, at most ${MAX_HEADER_BYTES} are allowed; is it a safetensors file?`);
  }
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > bytes.length) {
    refuse(`the file is cut off: it has ${bytes.length} bytes, its header alone ends at byte ${dataStart}`);
  }
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), refuse);
  return { header, dataStart };
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): ReadonlyMap<string, Json> {
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    refuse("the header is not UTF-8 text; is it a safetensors file?");
  }
  if (!text.startsWith("{")) refuse(`the header begins with ${show(text.slice(0, 1))}, expected "{"`);
  const header = parseJson(text, refuse);
  return header instanceof Map ? header : refuse("the header is no JSON object");
}

function readPlace(name: string, info: Json, refuse: Refuse): Place {
  const tensor = `tensor ${show(name)}`;
  if (!(info instanceof Map)) return refuse(`${tensor} is ${showJson(info)}, expected { dtype, shape, data_offsets }`);
  const field = (key: string): { value: Json | undefined; shown: string } => {
    const value: Json | undefined = info.get(key);
    return { value, shown: `${tensor} has the ${key} ${value === undefined ? "undefined" : showJson(value)}` };
  };
  const { value: dtype, shown: shownDtype } = field("dtype");
  const type = ELEMENT_TYPE_NAMES.find((known) => DTYPES[known] === dtype);
  if (type === undefined) return refuse(`${shownDtype}; known are ${Object.values(DTYPES).join(", ")}`);
  const { value: shape, shown: shownShape } = field("shape");
  if (!isCounts(shape)) return refuse(`${shownShape}, expected an array of integers ≥ 0`);
  const { value: offsets, shown: shownOffsets } = field("data_offsets");
  if (!isCounts(offsets) || offsets.length !== 2) return refuse(`${shownOffsets}, expected [begin, end] in bytes`);
  const [begin = 0, end = 0] = offsets;
  if (begin > end) refuse(`${tensor} begins at ${begin}, after its end at ${end}`);
  const bytes = shape.reduce((product, extent) => product * extent, ELEMENT_TYPES[type].size);
  if (bytes !== end - begin) {
    refuse(`${tensor} has ${end - begin} bytes, expected ${bytes} for ${DTYPES[type]} of shape [${shape.join(", ")}]`);
  }
  return { name, type, shape, begin, end };
}

function readMetadata(metadata: Json | undefined, refuse: Refuse): Metadata {
  const read = new Map<string, string>();
  // The reference implementation accepts null for no metadata.
  if (metadata === undefined || metadata === null) return {};
  if (!(metadata instanceof Map)) return refuse(`${METADATA} is ${showJson(metadata)}, expected an object of strings`);
  for (const [name, value] of metadata) {
    if (typeof value !== "string")
      return refuse(`${METADATA} has ${showJson(value)} for ${show(name)}, expected a string`);
    read.set(name, value);
  }
  // It keeps the name "__proto__", which an assignment would not.
  return Object.fromEntries(read);
}

/** @throws OptionError */
function refuseForm(operator: string, given: string): never {
  throw new OptionError(
    `${operator}: file must be { tensors, metadata }, got ${given}; the tensors by name are one of its parts, the metadata the other`,
  );
}

/** An object as its names, or as its class. */
function shownForm(value: object): string {
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  const names = Object.keys(value).slice(0, 3);
  if (isPlain && names.length > 0) return `{ ${names.join(", ")}${Object.keys(value).length > 3 ? ", …" : ""} }`;
  return `${show(value)}${value instanceof Promise ? ", which needs await" : ""}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether all are numbers that are written with digits only. The reference implementation refuses 1.0, 1e0 and −0. */
function isCounts(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count));
}

/**
 * @throws OptionError if the text has half a surrogate pair: JSON can only escape it, and other readers refuse such
 * files
 */
function checkText(operator: string, argument: string, text: string): void {
  if (!hasLoneSurrogate(text)) return;
  throw new OptionError(
    `${operator}: ${argument} ${JSON.stringify(text.slice(0, 80))} has half a surrogate pair, which is no character; use text.toWellFormed()`,
  );
}

function entriesOf<Value>(
  operator: string,
  argument: string,
  entries: ReadonlyMap<string, Value> | Readonly<Record<string, Value>>,
): (readonly [string, Value])[] {
  if (entries instanceof Map) return [...entries];
  if (isRecord(entries)) return Object.entries(entries);
  throw new OptionError(`${operator}: ${argument} must be a Map or an object by name, got ${show(entries)}`);
}
