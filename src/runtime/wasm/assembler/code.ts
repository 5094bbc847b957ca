/** The bytes of WebAssembly instructions. They are joined by `concat`, which the engine does quickly. */
export type Code = readonly number[];

/** LEB128 of an unsigned integer below 2³². */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  let rest = n >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** LEB128 of a signed integer of 32 bits. */
export function signed(n: number): number[] {
  const bytes: number[] = [];
  let rest = n | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** The bytes of a float32. */
export function float32(x: number): number[] {
  return [...new Uint8Array(new Float32Array([x]).buffer)];
}

/** A name, as the binary format stores it: its length and its UTF-8. */
export function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...unsigned(bytes.length), ...bytes];
}

/** A list, as the binary format stores it: its length and its items. */
export function list(items: readonly Code[]): Code {
  return unsigned(items.length).concat(...items);
}
