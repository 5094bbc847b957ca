import { readAttributes } from "./attributes.js";
import { Hdf5Bytes } from "./bytes.js";
import { type Hdf5Dataset, readDataset } from "./datasets.js";
import { readLinks } from "./groups.js";
import { messagesOf } from "./messages.js";

/**
 * A group of an HDF5 file. Its attributes of texts, and what is in it.
 *
 * Reads what h5py writes by default ("HDF5 File Format Specification Version 3.0"): groups as trees or compact, datasets
 * contiguous, compact or in chunks, packed by deflate.
 */
export interface Hdf5Group {
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, Hdf5Group>;
  readonly datasets: ReadonlyMap<string, Hdf5Dataset>;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** The deepest nesting of groups. */
const DEEPEST = 48;

/** Whether bytes begin as an HDF5 file. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads the structure of a file. Datasets are read later.
 *
 * @param mostBytes the largest size of a dataset in memory
 * @throws FileFormatError
 */
export function readHdf5(operator: string, bytes: Uint8Array, mostBytes: number): Hdf5Group {
  const file = new Hdf5Bytes(operator, bytes);
  const open = new Set<number>();
  const read = (at: number, depth: number): Hdf5Group | Hdf5Dataset => {
    file.step();
    if (open.has(at)) file.refuse("its groups go in circles");
    if (depth > DEEPEST) file.refuse(`its groups are nested deeper than ${DEEPEST} levels`);
    const messages = messagesOf(file, at);
    const dataset = readDataset(file, messages, mostBytes);
    if (dataset) return dataset;
    open.add(at);
    const groups = new Map<string, Hdf5Group>();
    const datasets = new Map<string, Hdf5Dataset>();
    for (const [name, address] of readLinks(file, messages)) {
      const found = read(address, depth + 1);
      if ("shape" in found) datasets.set(name, found);
      else groups.set(name, found);
    }
    open.delete(at);
    return { attributes: readAttributes(file, messages), groups, datasets };
  };
  const root = read(rootOf(file), 0);
  return "shape" in root ? file.refuse("its root is a dataset") : root;
}

/** The address of the root group's header (II). */
function rootOf(file: Hdf5Bytes): number {
  if (!isHdf5(file.bytes)) file.refuse("it does not begin as an HDF5 file");
  const version = file.uint8(8);
  if (version > 3) file.unknown(`the version ${version}`);
  const [offsets, lengths, base, root] =
    version < 2 ? [13, 14, version === 0 ? 24 : 28, version === 0 ? 64 : 68] : [9, 10, 12, 36];
  if (file.uint8(offsets) !== 8 || file.uint8(lengths) !== 8) file.unknown("addresses of other than eight bytes");
  if (file.uint64(base) !== 0) file.unknown("a block before its beginning");
  return file.address(root) ?? file.refuse("it has no root group");
}
