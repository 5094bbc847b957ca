/** A member of an archive. The claims replace the true values in the directory. */
export interface Member {
  readonly name: string;
  /** The stored bytes. A folder has none. */
  readonly bytes?: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly claimedBytes?: number;
  readonly claimedCrc?: number;
}

/**
 * A zip archive with stored members, written byte by byte from the format's text.
 *
 * @param zip64 whether sizes and places are in zip64 records
 */
export function zipOf(
  members: readonly Member[],
  { comment = "", zip64 = false }: { readonly comment?: string; readonly zip64?: boolean } = {},
): Uint8Array {
  const file: number[] = [];
  const directory: number[] = [];
  const bytesOf = (text: string) => [...new TextEncoder().encode(text)];
  const number = (value: number, bytes: number) =>
    Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
  const n2 = (value: number) => number(value, 2);
  const n4 = (value: number) => number(value, 4);
  const n8 = (value: number) => number(value, 8);
  for (const { name, bytes = new Uint8Array(0), method = 0, flags = 0, ...claims } of members) {
    const { claimedBytes = bytes.length, claimedCrc = crc32(bytes) } = claims;
    const start = file.length;
    const common = [...n2(20), ...n2(flags), ...n2(method), ...n4(0), ...n4(claimedCrc)];
    const text = bytesOf(name);
    const extra = zip64
      ? [...n2(0x9999), ...n2(1), 7, ...n2(1), ...n2(24), ...n8(claimedBytes), ...n8(bytes.length), ...n8(start)]
      : [];
    const narrow = (value: number) => n4(zip64 ? 0xffffffff : value);
    file.push(...n4(0x04034b50), ...common, ...n4(bytes.length), ...n4(claimedBytes), ...n2(text.length), ...n2(0));
    file.push(...text, ...bytes);
    directory.push(...n4(0x02014b50), ...n2(20), ...common, ...narrow(bytes.length), ...narrow(claimedBytes));
    directory.push(...n2(text.length), ...n2(extra.length), ...n2(0), ...n2(0), ...n2(0), ...n4(0), ...narrow(start));
    directory.push(...text, ...extra);
  }
  const start = file.length;
  file.push(...directory);
  if (zip64) {
    const end = file.length;
    file.push(...n4(0x06064b50), ...n8(44), ...n2(45), ...n2(45), ...n4(0), ...n4(0));
    file.push(...n8(members.length), ...n8(members.length), ...n8(directory.length), ...n8(start));
    file.push(...n4(0x07064b50), ...n4(0), ...n8(end), ...n4(1));
  }
  const narrow = (value: number, bytes: number) => number(zip64 ? 256 ** bytes - 1 : value, bytes);
  file.push(...n4(0x06054b50), ...n2(0), ...n2(0), ...narrow(members.length, 2), ...narrow(members.length, 2));
  file.push(...narrow(directory.length, 4), ...narrow(start, 4), ...n2(comment.length), ...bytesOf(comment));
  return Uint8Array.from(file);
}

/** The remainder of the bytes as a polynomial over GF(2), bit by bit from the definition. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
