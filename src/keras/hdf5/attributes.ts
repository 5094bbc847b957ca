import type { Hdf5Bytes } from "./bytes.js";
import { readDataspace, readDatatype } from "./datatype.js";
import { MESSAGE, type Message } from "./messages.js";

/** The most texts of one attribute. */
const MOST_TEXTS = 100_000;

/** The texts that the attributes of an object hold, by the attributes' names. Attributes of numbers are left out. */
export function readAttributes(file: Hdf5Bytes, messages: readonly Message[]): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, readonly string[]>();
  for (const { type, at, size } of messages) {
    if (type === MESSAGE.attributeInfo) refuseDense(file, at);
    if (type !== MESSAGE.attribute) continue;
    const [version, nameBytes, typeBytes, spaceBytes] = [
      file.uint8(at),
      ...[at + 2, at + 4, at + 6].map((place) => file.uint16(place)),
    ];
    if (nameBytes === undefined || typeBytes === undefined || spaceBytes === undefined) continue;
    if (version < 1 || version > 3) file.unknown(`attributes of version ${version}`);
    const padded = (bytes: number) => (version === 1 ? Math.ceil(bytes / 8) * 8 : bytes);
    const nameAt = at + (version === 3 ? 9 : 8);
    const typeAt = nameAt + padded(nameBytes);
    const spaceAt = typeAt + padded(typeBytes);
    const dataAt = spaceAt + padded(spaceBytes);
    const datatype = readDatatype(file, typeAt);
    if (datatype.form === "number") continue;
    const shape = readDataspace(file, spaceAt);
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (!(count <= MOST_TEXTS)) file.refuse(`an attribute has ${count} texts`);
    if (dataAt + count * datatype.bytes > at + size)
      file.refuse(`the attribute at byte ${at} is longer than its message`);
    const texts = Array.from({ length: count }, (_, i) => {
      file.step();
      const place = dataAt + i * datatype.bytes;
      return datatype.form === "text" ? file.text(place, datatype.bytes) : textInHeap(file, place);
    });
    attributes.set(file.text(nameAt, nameBytes), texts);
  }
  return attributes;
}

/** More than a few attributes lie elsewhere, in a form that h5py does not write by default. */
function refuseDense(file: Hdf5Bytes, at: number): void {
  const flags = file.uint8(at + 1);
  if (file.address(at + 2 + (flags & 1 ? 2 : 0)) !== undefined) file.unknown("attributes in a heap");
}

/** A text in a collection of the global heap (III.E). */
function textInHeap(file: Hdf5Bytes, at: number): string {
  const length = file.uint32(at);
  const collection = file.address(at + 4);
  const index = file.uint32(at + 12);
  if (length === 0 || collection === undefined || collection === 0) return "";
  file.signature(collection, "GCOL");
  const end = collection + file.uint64(collection + 8);
  for (let position = collection + 16; position + 16 <= end; ) {
    file.step();
    const [found, size] = [file.uint16(position), file.uint64(position + 8)];
    if (found === index) return file.text(position + 16, Math.min(length, size));
    // The rest is free.
    if (found === 0) break;
    position += 16 + Math.ceil(size / 8) * 8;
  }
  return file.refuse(`the text at byte ${at} is not in its heap`);
}
