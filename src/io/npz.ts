import { FileFormatError, OptionError, show } from "../core/errors.js";
import { sum } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import { checkBytes, type HostArray } from "./arrays.js";
import { DEFAULT_MAX_BYTES, type UnpackOptions } from "./gunzip.js";
import { readArray } from "./npy.js";
import { readZipDirectory, readZipMember } from "./zip.js";

/** The options of `readNpz`. */
export interface ReadNpzOptions extends UnpackOptions {
  /**
   * The names of the arrays to read. All arrays if left out. The other members may have any type and any compression.
   */
  readonly names?: readonly string[] | undefined;
}

const ENDING = ".npy";

/**
 * Reads the arrays that `numpy.savez` or `numpy.savez_compressed` wrote: a zip archive with one .npy file for each.
 *
 * Members may be stored or deflated, also with zip64 and data descriptors. Each checksum is checked.
 *
 * @param bytes the whole file
 * @returns the arrays by name, without ".npy", in the order of the file. See `readNpy` for their types
 * @throws (rejects with) FileFormatError if the file is incomplete, damaged or not a zip archive, if `readNpy` cannot
 * read a member, or if the arrays unpack to more than `maxBytes`; OptionError if `bytes` is not a Uint8Array, or an
 * option is invalid
 *
 * @example
 * ```ts
 * // The file of numpy.savez_compressed("file.npz", x=numpy.float32([1, 2, 3])), as text.
 * const text =
 *   "UEsDBBQAAAAIAAAAIQB3pkDRTwAAAIwAAAAFAAAAeC5ucHmb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3" +
 *   "S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuBoYGewYGBgcgcgAAUEsBAhQDFAAAAAgAAAAhAHemQNFPAAAAjAAAAAUAAAAAAAAAAAAAAIAB" +
 *   "AAAAAHgubnB5UEsFBgAAAAABAAEAMwAAAHIAAAAAAA==";
 * const arrays = await readNpz(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
 * arrays.get("x")?.data; // [1, 2, 3]
 * ```
 */
export async function readNpz(bytes: Uint8Array, options: ReadNpzOptions = {}): Promise<Map<string, HostArray>> {
  checkBytes("readNpz", bytes);
  const reader = new OptionReader("readNpz", options, ["maxBytes", "names"]);
  const maxBytes = reader.integer("maxBytes", 0, DEFAULT_MAX_BYTES);
  const wanted = namesOf(reader);
  const refuse = (what: string): never => {
    throw new FileFormatError(`readNpz: ${what}`);
  };
  const files = [...readZipDirectory(bytes, refuse).values()].filter(({ name }) => !name.endsWith("/"));
  const members = new Map(files.map((member) => [arrayName(member.name), member]));
  if (members.size < files.length)
    refuse(`the archive has two members of one name, one with and one without ${ENDING}`);
  for (const name of wanted ?? []) {
    if (members.has(name)) continue;
    throw new OptionError(`readNpz: names has ${show(name)}, the archive has ${show([...members.keys()])}`);
  }
  const chosen = [...members].filter(([name]) => !wanted || wanted.has(name));
  const total = sum(chosen.map(([, member]) => member.bytes));
  if (total > maxBytes) {
    refuse(
      `the arrays unpack to ${total} bytes, more than maxBytes = ${maxBytes}; if you trust the file, give a larger maxBytes`,
    );
  }
  const arrays = new Map<string, HostArray>();
  for (const [name, member] of chosen) {
    const refuseMember = (what: string): never => refuse(`member ${show(member.name)}: ${what}`);
    arrays.set(name, readArray(await readZipMember(bytes, member, refuseMember), refuseMember));
  }
  return arrays;
}

function namesOf(reader: OptionReader): ReadonlySet<string> | undefined {
  const names = reader.given("names");
  if (names === undefined) return undefined;
  if (!isStrings(names)) return reader.refuse("names", names, "an array of strings");
  return new Set(names);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function arrayName(member: string): string {
  return member.endsWith(ENDING) ? member.slice(0, -ENDING.length) : member;
}
