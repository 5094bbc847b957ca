/**
 * Gives every NaN the same bits, in place. NaN has many bit patterns, and the processor and the engine decide which one
 * comes out of a computation. Digests must not depend on that.
 */
export function makeOneNaN(values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) if (((bits[i] ?? 0) & 0x7fffffff) > 0x7f800000) bits[i] = 0x7fc00000;
}
