import type { RandomNumbers } from "../../../../src/core/random.js";
import { concatBytes } from "../../../../src/io/arrays.js";

const OPENING_BRACE = "{".charCodeAt(0);
/** The JSON of an answer has about so many bytes. */
const HEADER_BYTES = 400;

/** Values that no field expects, or that only some do. */
const VALUES: readonly unknown[] = [
  ...[null, true, -1, 0, 1, 1.5, 3, 1e9, 2 ** 53, 1e308, "", "x", "NaN", "1", "../..", "*", ">", "a.b"],
  ...["0".repeat(64), "f".repeat(5000), [], [1], [Number.MAX_VALUE, 0], {}, { a: { b: [] } }],
  [Array.from({ length: 1000 }, (_, i) => i)],
  JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`),
];

/** A message with something changed: bytes, its end, or a field of its JSON. Sometimes it is the same. */
export function changed(message: Uint8Array, random: RandomNumbers): Uint8Array {
  switch (random.integer(6)) {
    case 0:
      return message.slice(0, random.integer(message.length + 1));
    case 1:
      return concatBytes([message, Uint8Array.of(random.integer(256))]);
    case 2:
      return message.slice();
    case 3:
      return otherByte(message, random);
    default:
      return otherField(message, random);
  }
}

function otherByte(message: Uint8Array, random: RandomNumbers): Uint8Array {
  const bytes = message.slice();
  // Most of an answer is its vector. The JSON before it is worth as many changes.
  const places = random.integer(2) === 0 ? bytes.length : Math.min(HEADER_BYTES, bytes.length);
  if (places > 0) bytes[random.integer(places)] = random.integer(256);
  return bytes;
}

/** Another value in one field of the JSON. The length before it fits. */
function otherField(message: Uint8Array, random: RandomNumbers): Uint8Array {
  const isPacked = message[0] !== OPENING_BRACE;
  if (isPacked && message.length < 4) return message;
  const start = isPacked ? 4 : 0;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const end = isPacked ? start + view.getUint32(0, true) : message.length;
  const fields = fieldsIn(message.subarray(start, end));
  const names = [...Object.keys(fields), "other"];
  const name = names[random.integer(names.length)] ?? "other";
  const other = { ...fields, [name]: VALUES[random.integer(VALUES.length)] };
  const json = new TextEncoder().encode(JSON.stringify(other));
  const length = new Uint8Array(start);
  if (isPacked) new DataView(length.buffer).setUint32(0, json.length, true);
  return concatBytes([length, json, message.subarray(end)]);
}

/** None if it is no object in JSON. */
function fieldsIn(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
