import { concatBytes } from "../../io/arrays.js";
import { unpack } from "../../io/unpack.js";
import type { Hdf5Bytes } from "./bytes.js";
import { type Datatype, readDataspace, readDatatype } from "./datatype.js";
import { MESSAGE, type Message } from "./messages.js";

/** Numbers in a file. */
export interface Hdf5Dataset {
  readonly shape: readonly number[];
  /** Such as "float32". */
  readonly dtype: string;
  /** The values as float32, in row-major order. */
  read(): Promise<Float32Array>;
}

/** The filters that chunks may have gone through, by their numbers in the format. */
const FILTER = { deflate: 1, shuffle: 2, checksum: 3 } as const;

/** A dataset, if the object is one. */
export function readDataset(file: Hdf5Bytes, messages: readonly Message[], mostBytes: number): Hdf5Dataset | undefined {
  const find = (type: number) => messages.find((message) => message.type === type);
  const [space, type, layout] = [find(MESSAGE.dataspace), find(MESSAGE.datatype), find(MESSAGE.layout)];
  if (!space || !type || !layout) return undefined;
  const shape = readDataspace(file, space.at);
  const datatype = readDatatype(file, type.at);
  if (datatype.form !== "number") return undefined;
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (!(elements * Math.max(4, datatype.bytes) <= mostBytes)) {
    file.refuse(`a dataset has the extents [${shape.join(", ")}], more than ${mostBytes} bytes`);
  }
  const filters = find(MESSAGE.filters);
  return {
    shape,
    dtype: datatype.name,
    async read() {
      const bytes = await bytesOf(file, layout, filters, shape, datatype.bytes);
      return bytes ? numbersIn(bytes, elements, datatype) : new Float32Array(elements);
    },
  };
}

function numbersIn(
  bytes: Uint8Array,
  elements: number,
  { bytes: size, read }: Extract<Datatype, { form: "number" }>,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(elements);
  for (let i = 0; i < elements; i++) values[i] = read(view, i * size);
  return values;
}

/** The bytes of a dataset. Undefined if none were written: all are zero then. */
async function bytesOf(
  file: Hdf5Bytes,
  { at }: Message,
  filters: Message | undefined,
  shape: readonly number[],
  size: number,
): Promise<Uint8Array | undefined> {
  const [version, kind] = [file.uint8(at), file.uint8(at + 1)];
  if (version !== 3 && !(version === 4 && kind < 2)) return file.unknown(`a dataset of layout ${version}`);
  const total = shape.reduce((product, extent) => product * extent, size);
  const checked = (place: number, length: number) => {
    if (length < total) file.refuse(`the dataset at byte ${place} has ${length} bytes, expected ${total}`);
    return file.slice(place, total);
  };
  if (kind === 0) return checked(at + 4, file.uint16(at + 2));
  if (kind === 1) {
    const address = file.address(at + 2);
    return address === undefined ? undefined : checked(address, file.uint64(at + 10));
  }
  if (kind !== 2) return file.unknown(`a dataset of class ${kind}`);
  return chunked(file, at, filters ? readFilters(file, filters.at) : [], shape, size, total);
}

/** A dataset in chunks, in a tree (III.A.1). */
async function chunked(
  file: Hdf5Bytes,
  at: number,
  filters: readonly number[],
  shape: readonly number[],
  size: number,
  total: number,
): Promise<Uint8Array> {
  const rank = shape.length;
  if (file.uint8(at + 2) !== rank + 1) file.refuse("the chunks of a dataset have another rank");
  const tree = file.address(at + 3);
  const extents = shape.map((_, axis) => file.uint32(at + 11 + 4 * axis));
  const chunkBytes = extents.reduce((product, extent) => product * extent, size);
  // A chunk may be larger than its dataset, but not much.
  if (!(chunkBytes > 0 && chunkBytes <= Math.max(2 ** 26, 4 * total))) file.refuse(`a chunk has ${chunkBytes} bytes`);
  const target = new Uint8Array(total);
  const seen = new Set<number>();
  const waiting = tree === undefined ? [] : [tree];
  const keyBytes = 8 + 8 * (rank + 1);
  let unpacked = 0;
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    file.step();
    if (seen.has(node)) file.refuse("the tree of a dataset goes in circles");
    seen.add(node);
    file.signature(node, "TREE");
    if (file.uint8(node + 4) !== 1) file.refuse("the tree of a dataset is that of a group");
    const isLeaf = file.uint8(node + 5) === 0;
    for (let i = 0; i < file.uint16(node + 6); i++) {
      file.step();
      const key = node + 24 + i * (keyBytes + 8);
      const child = file.address(key + keyBytes);
      if (child === undefined) continue;
      if (!isLeaf) waiting.push(child);
      else {
        unpacked += chunkBytes;
        if (unpacked > 64 * Math.max(total, chunkBytes) + 2 ** 26) file.refuse("the chunks of a dataset are too many");
        const offsets = shape.map((_, axis) => file.uint64(key + 8 + 8 * axis));
        const packed = file.slice(child, file.uint32(key));
        // A set bit says that the chunk did not go through this filter.
        const used = filters.filter((_, bit) => (file.uint32(key + 4) & (1 << bit)) === 0);
        const bytes = await unfiltered(file, packed, used, chunkBytes, size);
        place(file, target, shape, bytes, extents, offsets, size);
      }
    }
  }
  return target;
}

/** The numbers of the filters, in the order in which they were applied (IV.A.2.l). */
function readFilters(file: Hdf5Bytes, at: number): readonly number[] {
  const [version, count] = [file.uint8(at), file.uint8(at + 1)];
  if (version !== 1 && version !== 2) file.unknown(`filters of version ${version}`);
  let position = at + (version === 1 ? 8 : 2);
  return Array.from({ length: count }, () => {
    const id = file.uint16(position);
    if (!Object.values<number>(FILTER).includes(id)) file.unknown(`a dataset with the filter ${id}`);
    // Known filters have no name in version 2.
    const nameBytes = version === 1 ? file.uint16(position + 2) : 0;
    const values = file.uint16(position + (version === 1 ? 6 : 4));
    position += (version === 1 ? 8 : 6) + nameBytes + 4 * (version === 1 ? values + (values % 2) : values);
    return id;
  });
}

async function unfiltered(
  file: Hdf5Bytes,
  packed: Uint8Array,
  filters: readonly number[],
  chunkBytes: number,
  size: number,
): Promise<Uint8Array> {
  let bytes = packed;
  for (const filter of [...filters].reverse()) {
    if (filter === FILTER.checksum) bytes = bytes.subarray(0, Math.max(0, bytes.length - 4));
    else if (filter === FILTER.shuffle) bytes = unshuffled(bytes, size);
    else {
      const parts = await unpack("deflate", bytes, chunkBytes + 4).catch(() => undefined);
      if (!parts) return file.refuse("the packed bytes of a chunk are damaged");
      bytes = concatBytes(parts);
    }
  }
  if (bytes.length < chunkBytes) file.refuse(`a chunk has ${bytes.length} bytes, expected ${chunkBytes}`);
  return bytes;
}

/** First come all first bytes of the elements, then all second bytes. */
function unshuffled(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / size);
  const result = new Uint8Array(bytes);
  for (let i = 0; i < count * size; i++) result[(i % count) * size + Math.floor(i / count)] = bytes[i] ?? 0;
  return result;
}

/** Copies a chunk row by row. It may overhang the dataset. */
function place(
  file: Hdf5Bytes,
  target: Uint8Array,
  shape: readonly number[],
  bytes: Uint8Array,
  extents: readonly number[],
  offsets: readonly number[],
  size: number,
): void {
  const last = shape.length - 1;
  const rowExtent = extents[last] ?? 1;
  const inside = Math.min(rowExtent, (shape[last] ?? 1) - (offsets[last] ?? 0));
  const rows = bytes.length === 0 ? 0 : extents.slice(0, -1).reduce((product, extent) => product * extent, 1);
  for (let row = 0; row < rows && inside > 0; row++) {
    let [rest, index, stride, isInside] = [row, offsets[last] ?? 0, shape[last] ?? 1, true];
    for (let axis = last - 1; axis >= 0; axis--) {
      const extent = extents[axis] ?? 1;
      const position = (offsets[axis] ?? 0) + (rest % extent);
      rest = Math.floor(rest / extent);
      isInside &&= position < (shape[axis] ?? 1);
      index += position * stride;
      stride *= shape[axis] ?? 1;
    }
    file.step();
    if (isInside) target.set(bytes.subarray(row * rowExtent * size, (row * rowExtent + inside) * size), index * size);
  }
}
