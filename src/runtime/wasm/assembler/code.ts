/** WebAssembly instructions: bytes, nested as the expressions are. `flatten` makes one array of them. */
export type Code = Uint8Array | readonly (number | Code)[];

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
  return [unsigned(items.length), ...items];
}

/** All bytes, in order. */
export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes();
  append(bytes, code);
  return bytes.all;
}

function append(to: Bytes, code: Code): void {
  if (code instanceof Uint8Array) {
    to.addAll(code);
    return;
  }
  for (let i = 0; i < code.length; i++) {
    const part = code[i];
    if (typeof part === "number") to.add(part);
    else if (part) append(to, part);
  }
}

/** An array of bytes that grows. */
class Bytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get all(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  add(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  addAll(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #grow(by: number): void {
    const larger = new Uint8Array(2 * this.#bytes.length + by);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
