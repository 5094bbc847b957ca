import { JobError, show } from "../core/errors.js";
import { Fields, jsonText, Misfit } from "../core/fields.js";
import { concatBytes } from "../io/arrays.js";

/**
 * The form of messages. A message is JSON, or JSON and bytes: the length of the JSON as a uint32, little-endian, the
 * JSON in UTF-8, and the bytes. Messages come from other machines, so everything is checked before it is used.
 */

const LENGTH_BYTES = 4;

/** JSON in UTF-8. NaN and ±Infinity are texts. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(jsonText(value));
}

/** JSON and bytes. */
export function pack(value: unknown, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = encodeJson(value);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, json.length, true);
  return concatBytes([length, json, payload]);
}

/** The two parts of what `pack` gave. They are not copied. @throws JobError */
export function unpack(what: string, bytes: Uint8Array): { readonly json: Uint8Array; readonly payload: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw new JobError(`${what}: ${bytes.length} bytes, expected at least ${LENGTH_BYTES}`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const rest = bytes.subarray(LENGTH_BYTES);
  if (length > rest.length) {
    throw new JobError(`${what}: its JSON has ${length} bytes, expected at most the ${rest.length} that follow`);
  }
  return { json: rest.subarray(0, length), payload: rest.subarray(length) };
}

/**
 * Reads the JSON of a message.
 *
 * @param what the name of the message in errors
 * @param longest the most bytes
 * @param read throws Misfit if a field is not as expected
 * @throws JobError that names the field
 */
export function readJson<Message>(
  what: string,
  json: Uint8Array,
  longest: number,
  read: (fields: Fields) => Message,
): Message {
  if (json.length > longest) throw new JobError(`${what}: ${json.length} bytes of JSON, expected at most ${longest}`);
  return readFields(what, parsed(what, json), read);
}

/** Reads the fields of an object. @throws JobError that names the field */
export function readFields<Message>(what: string, value: unknown, read: (fields: Fields) => Message): Message {
  try {
    return read(new Fields(value));
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new JobError(`${what}: ${error.message}`);
  }
}

function parsed(what: string, json: Uint8Array): unknown {
  try {
    // TextDecoder takes no shared memory.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(json)));
  } catch (error) {
    throw new JobError(`${what}: it is no JSON in UTF-8: ${error instanceof Error ? error.message : show(error)}`);
  }
}
