/**
 * The zip format (PKWARE's APPNOTE.TXT 6.3.10): members, each after a local header, then the central directory with an
 * entry for each member, then the end record with the position of the directory. Only the central directory is read for
 * sizes and checksums, because a local header may leave them to a data descriptor after the data. Everything is
 * little-endian.
 */
import { show } from "../core/errors.js";
import { concatBytes } from "./arrays.js";
import { unpack } from "./unpack.js";

type Refuse = (what: string) => never;

/** A member, as its entry in the central directory describes it. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  /** The checksum of the unpacked bytes. */
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** The position of its local header. */
  readonly headerStart: number;
}

const END = { signature: 0x06054b50, bytes: 22 };
const END_64 = { signature: 0x06064b50, bytes: 56 };
const LOCATOR_64 = { signature: 0x07064b50, bytes: 20 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
/** The number of the extra field with values of 64 bits, and the value that marks such a value in the entry. */
const EXTRA_64 = 0x0001;
const IN_EXTRA_64 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;

/**
 * The members of a zip archive by name, in the order of its central directory.
 *
 * @param refuse gets the words for the message, and throws
 */
export function readZipDirectory(bytes: Uint8Array, refuse: Refuse): ReadonlyMap<string, ZipMember> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { start, length, count } = findDirectory(view, refuse);
  const end = start + length;
  const members = new Map<string, ZipMember>();
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY.bytes > end || view.getUint32(at, true) !== ENTRY.signature) {
      refuse(`the zip directory has no entry at byte ${at}, expected ${count} entries from byte ${start} to ${end}`);
    }
    const nameEnd = at + ENTRY.bytes + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > end)
      refuse(`the entry at byte ${at} of the zip directory goes on after the directory's end at byte ${end}`);
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY.bytes, nameEnd));
    const wide = new Extra64(view, nameEnd, extraEnd, () => refuse(`member ${show(name)} has a damaged zip64 field`));
    // The extra field has its values in this order.
    const memberBytes = wide.value(view.getUint32(at + 24, true));
    const packedBytes = wide.value(view.getUint32(at + 20, true));
    const headerStart = wide.value(view.getUint32(at + 42, true));
    if (members.has(name)) refuse(`the archive has the member ${show(name)} twice`);
    members.set(name, {
      name,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      crc: view.getUint32(at + 16, true),
      packedBytes,
      bytes: memberBytes,
      headerStart,
    });
    at = next;
  }
  if (at !== end) refuse(`the zip directory ends at byte ${at}, expected byte ${end}`);
  return members;
}

/** The unpacked bytes of a member. @param refuse gets the words for the message, and throws */
export async function readZipMember(archive: Uint8Array, member: ZipMember, refuse: Refuse): Promise<Uint8Array> {
  const { method, encrypted, crc, packedBytes, bytes } = member;
  if (encrypted) refuse("it is encrypted; save the archive without a password");
  if (method !== STORED && method !== DEFLATED) {
    refuse(`it is packed by the zip method ${method}, known are ${STORED} (stored) and ${DEFLATED} (deflated)`);
  }
  const dataStart = dataStartOf(archive, member, refuse);
  const packed = archive.subarray(dataStart, dataStart + packedBytes);
  if (packed.length < packedBytes) {
    refuse(`it is cut off: its ${packedBytes} bytes begin at byte ${dataStart}, the file has ${archive.length}`);
  }
  const unpacked = method === STORED ? packed : await inflate(packed, bytes, refuse);
  if (unpacked.length !== bytes) refuse(`it has ${unpacked.length} bytes, the zip directory says ${bytes}`);
  const actual = crc32(unpacked);
  if (actual !== crc) refuse(`it is damaged: its CRC-32 is ${hex(actual)}, the zip directory says ${hex(crc)}`);
  return unpacked;
}

async function inflate(packed: Uint8Array, bytes: number, refuse: Refuse): Promise<Uint8Array> {
  let parts: Uint8Array[] | undefined;
  try {
    parts = await unpack("deflate-raw", packed, bytes);
  } catch (error) {
    return refuse(`its packed bytes are damaged: ${error instanceof Error ? error.message : error}`);
  }
  return parts ? concatBytes(parts) : refuse(`it unpacks to more than the ${bytes} bytes that the zip directory says`);
}

function dataStartOf(archive: Uint8Array, { headerStart }: ZipMember, refuse: Refuse): number {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  if (headerStart + LOCAL.bytes > archive.length || view.getUint32(headerStart, true) !== LOCAL.signature) {
    refuse(`there is no zip header at byte ${headerStart}, where the zip directory says`);
  }
  // The lengths of its name and extra field. They may differ from those in the directory.
  return headerStart + LOCAL.bytes + view.getUint16(headerStart + 26, true) + view.getUint16(headerStart + 28, true);
}

interface Directory {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

function findDirectory(view: DataView, refuse: Refuse): Directory {
  const endAt = findEnd(view);
  if (endAt === undefined) refuse("the file has no zip directory at its end; is it a whole zip archive?");
  const locatorAt = endAt - LOCATOR_64.bytes;
  const wide = locatorAt >= 0 && view.getUint32(locatorAt, true) === LOCATOR_64.signature;
  const directory = wide ? wideDirectory(view, locatorAt, refuse) : narrowDirectory(view, endAt);
  const { start, length, disks } = directory;
  if (disks !== 0) refuse("the archive is one of several parts, which must be joined first");
  const limit = wide ? locatorAt - END_64.bytes : endAt;
  if (start + length > limit) {
    refuse(`the zip directory goes from byte ${start} to ${start + length}, expected at most to ${limit}`);
  }
  return directory;
}

interface Parts {
  /** The numbers of this disk and of the disk with the directory. Both are 0 if there is only one disk. */
  readonly disks: number;
}

function narrowDirectory(view: DataView, at: number): Directory & Parts {
  return {
    disks: view.getUint16(at + 4, true) | view.getUint16(at + 6, true),
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  };
}

function wideDirectory(view: DataView, locatorAt: number, refuse: Refuse): Directory & Parts {
  const at = Number(view.getBigUint64(locatorAt + 8, true));
  if (at + END_64.bytes > locatorAt || view.getUint32(at, true) !== END_64.signature) {
    refuse(`the file has no zip64 directory at byte ${at}`);
  }
  return {
    disks: view.getUint32(at + 16, true) | view.getUint32(at + 20, true),
    count: Number(view.getBigUint64(at + 32, true)),
    length: Number(view.getBigUint64(at + 40, true)),
    start: Number(view.getBigUint64(at + 48, true)),
  };
}

/** The position of the end record. A comment of up to 65,535 bytes may follow it, to the end of the file. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - END.bytes;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) !== END.signature) continue;
    if (at + END.bytes + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  return undefined;
}

/** The extra field of an entry. It has the values that need 64 bits, one after the other. */
class Extra64 {
  #at: number | undefined;
  #end = 0;

  constructor(
    private readonly view: DataView,
    start: number,
    end: number,
    private readonly refuse: () => never,
  ) {
    for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
      if (view.getUint16(at, true) !== EXTRA_64) continue;
      this.#at = at + 4;
      this.#end = Math.min(end, this.#at + view.getUint16(at + 2, true));
      return;
    }
  }

  /** The value of a field: `narrow` itself, or the next one of the extra field. */
  value(narrow: number): number {
    if (narrow !== IN_EXTRA_64) return narrow;
    if (this.#at === undefined || this.#at + 8 > this.#end) return this.refuse();
    const value = Number(this.view.getBigUint64(this.#at, true));
    this.#at += 8;
    return value;
  }
}

/** CRC-32 with the polynomial 0xEDB88320, as in zip, gzip and PNG. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
