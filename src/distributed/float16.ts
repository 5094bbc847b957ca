import { JobError } from "../core/errors.js";
import { existing } from "../core/objects.js";
import { float16, HOST_IS_LITTLE_ENDIAN, littleEndianBytes } from "../io/arrays.js";

/**
 * Values as IEEE 754 binary16 with a common scale. The bytes are the exponent e as an int16, then the halves of
 * value · 2^e, all little-endian.
 *
 * e brings the largest finite magnitude M into [2¹⁴, 2¹⁵). So nothing overflows. The error of a value from
 * M · 2⁻²⁸ on is at most 2⁻¹¹ of it. That of a smaller one is at most M · 2⁻³⁹. Results that are subnormal float32
 * have that rounding on top.
 */

/** The bytes before the halves. */
const SCALE_BYTES = 2;
/** Where the leading bit of the largest magnitude goes. */
const TOP = 14;
/** The exponents of the leading bits of the smallest and the largest float32. */
const [LEAST_EXPONENT, LARGEST_EXPONENT] = [-149, 127];
const NAN = 0x7e00;
const INFINITE = 0x7c00;
/** The bits of float32 numbers. */
const [INFINITE32, LEAST_NORMAL_HALF, HALF] = [0x7f800000, 0x38800000, 0x3f000000];
/** The number of values that are scaled at a time. They stay in the cache. */
const BLOCK = 4096;

/** The bytes that `encodeFloat16` gives for this many values. */
export function float16Bytes(size: number): number {
  return SCALE_BYTES + 2 * size;
}

/** Rounds to the nearest half, ties to even. NaN and ±Infinity stay. */
export function encodeFloat16(values: Float32Array): Uint8Array<ArrayBuffer> {
  const exponent = leadingExponent(largestMagnitude(values));
  const shift = exponent === undefined ? 0 : TOP - exponent;
  const factor = 2 ** shift;
  // 2^128 is no float32. So values just below it are rounded down, by at most 2⁻¹¹ too.
  const largest = exponent === LARGEST_EXPONENT ? 0x77ff : 0x7800;
  const words = new Uint16Array(1 + values.length);
  words[0] = shift;
  const scaled = new Float32Array(Math.min(BLOCK, values.length));
  const bits = new Uint32Array(scaled.buffer);
  for (let start = 0; start < values.length; start += BLOCK) {
    const count = Math.min(BLOCK, values.length - start);
    // The product is exact, or so small that it becomes 0.
    for (let i = 0; i < count; i++) scaled[i] = factor * (values[start + i] ?? 0);
    for (let i = 0; i < count; i++) {
      const word = bits[i] ?? 0;
      const magnitude = word & 0x7fffffff;
      let half: number;
      if (magnitude >= LEAST_NORMAL_HALF) {
        half =
          magnitude < INFINITE32
            ? Math.min(largest, (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
            : magnitude === INFINITE32
              ? INFINITE
              : NAN;
      } else {
        // A float32 in [0.5, 1) is a multiple of 2⁻²⁴, which is the smallest half. So this sum rounds as wanted.
        scaled[i] = Math.abs(scaled[i] ?? 0) + 0.5;
        half = (bits[i] ?? 0) - HALF;
      }
      words[1 + start + i] = half === NAN ? NAN : half | ((word >>> 16) & 0x8000);
    }
  }
  return new Uint8Array(littleEndianBytes(words));
}

/** @returns the exponent @throws JobError if these are not the bytes of so many values */
export function checkFloat16(bytes: Uint8Array, size: number): number {
  if (bytes.length !== float16Bytes(size)) {
    throw new JobError(`float16: ${bytes.length} bytes, expected ${float16Bytes(size)} for ${size} values`);
  }
  const shift = new DataView(bytes.buffer, bytes.byteOffset).getInt16(0, true);
  const [least, most] = [TOP - LARGEST_EXPONENT, TOP - LEAST_EXPONENT];
  if (shift >= least && shift <= most) return shift;
  throw new JobError(`float16: the exponent is ${shift}, expected an integer from ${least} to ${most}`);
}

/** @throws JobError if these are not the bytes of `to.length` values */
export function decodeFloat16(bytes: Uint8Array, to: Float32Array): void {
  const factor = 2 ** -checkFloat16(bytes, to.length);
  valuesOfHalves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => float16(bits));
  const table = valuesOfHalves;
  const words = wordsOf(bytes);
  for (let i = 0; i < to.length; i++) to[i] = factor * (table[words[1 + i] ?? 0] ?? 0);
}

/** Little-endian words, as a view if the host allows it. */
function wordsOf(bytes: Uint8Array): Uint16Array {
  if (HOST_IS_LITTLE_ENDIAN) {
    const { buffer, byteOffset, length } = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
    return new Uint16Array(buffer, byteOffset, length / 2);
  }
  return Uint16Array.from(
    { length: bytes.length / 2 },
    (_, i) => existing(bytes[2 * i]) | (existing(bytes[2 * i + 1]) << 8),
  );
}

/** The values of all halves. */
let valuesOfHalves: Float32Array | undefined;

/** The bits of the largest finite magnitude. Magnitudes are ordered as their bits are. */
function largestMagnitude(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let largest = 0;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = (bits[i] ?? 0) & 0x7fffffff;
    if (magnitude > largest && magnitude < INFINITE32) largest = magnitude;
  }
  return largest;
}

/** The exponent of the leading bit. Undefined for 0. @param bits those of a float32 ≥ 0 */
function leadingExponent(bits: number): number | undefined {
  if (bits === 0) return undefined;
  return bits >= 0x800000 ? (bits >>> 23) - 127 : 31 - Math.clz32(bits) + LEAST_EXPONENT;
}
