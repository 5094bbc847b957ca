const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a (Fowler, Noll, Vo) of bytes, going on from the hash of the bytes before them. */
function fnv1a(bytes: Uint8Array, before = OFFSET): number {
  let hash = before;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}

/** A number that depends on every bit of the values. All NaN count as the same. */
export function fingerprint(arrays: readonly (Float32Array | Float64Array)[]): string {
  let hash = OFFSET;
  for (const array of arrays) {
    // A copy may also be hashed where the values are in shared memory.
    const values = array.map((value) => (Number.isNaN(value) ? Number.NaN : value));
    hash = fnv1a(new Uint8Array(values.buffer), hash);
  }
  return hash.toString(16).padStart(8, "0");
}

/** A seed for the inputs of a name, so that new names change no inputs of others. */
export function seedOf(name: string): number {
  return fnv1a(new TextEncoder().encode(name));
}
