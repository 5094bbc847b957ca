import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobError } from "webgpu-cnn";
import { decodeFloat16, encodeFloat16, float16Bytes } from "../../src/distributed/float16.js";
import { propertySeed } from "../support/propertySeed.js";
import { expectError, thrownBy } from "../support/refusals.js";

/** The value of a half, by the definition. */
function valueOfHalf(half: number): number {
  const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The finite halves ≥ 0, ascending. */
const MAGNITUDES = Array.from({ length: 0x7c00 }, (_, half) => valueOfHalf(half));

/** The nearest half, by a search. Of two that are equally near, the one whose last bit is 0. */
function nearest(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  let [low, high] = [0, MAGNITUDES.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((MAGNITUDES[middle] ?? 0) <= magnitude) low = middle;
    else high = middle;
  }
  const [below, above] = [magnitude - (MAGNITUDES[low] ?? 0), (MAGNITUDES[high] ?? 0) - magnitude];
  return sign | (below < above || (below === above && low % 2 === 0) ? low : high);
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 2 - 1 }, (_, i) => view.getUint16(2 + 2 * i, true));
}

function shiftOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt16(0, true);
}

function decoded(bytes: Uint8Array, size: number): Float32Array {
  const values = new Float32Array(size);
  decodeFloat16(bytes, values);
  return values;
}

function roundTrip(values: Float32Array): Float32Array {
  return decoded(encodeFloat16(values), values.length);
}

/** float32 numbers of all magnitudes, by their bits. */
const anyFloat = fc
  .oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 2 ** 24 }))
  .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0);

describe("float16", () => {
  test("all halves decode to their values", () => {
    const bytes = new Uint8Array(float16Bytes(2 ** 16));
    const view = new DataView(bytes.buffer);
    for (let half = 0; half < 2 ** 16; half++) view.setUint16(2 + 2 * half, half, true);
    const expected = Float32Array.from({ length: 2 ** 16 }, (_, half) => valueOfHalf(half));
    expect(decoded(bytes, 2 ** 16)).toEqual(expected);
  });

  test("all halves whose scale is already right survive both ways", () => {
    // 2¹⁴ as the largest keeps the scale at 1.
    const halves = Array.from({ length: 2 ** 16 }, (_, half) => half).filter(
      (half) => (half & 0x7fff) <= 0x7400 || (half & 0x7fff) === 0x7c00,
    );
    const bytes = encodeFloat16(Float32Array.from(halves, valueOfHalf));
    expect(shiftOf(bytes)).toBe(0);
    expect(wordsOf(bytes)).toEqual(halves);
  });

  test("rounds to the nearest half, ties to even, at every border between two halves", () => {
    const top = 2 ** 14;
    const borders = MAGNITUDES.slice(0, 0x7400).flatMap((value, half) => {
      const middle = (value + (MAGNITUDES[half + 1] ?? 0)) / 2;
      const bits = new Uint32Array(Float32Array.of(middle).buffer)[0] ?? 0;
      return [...new Float32Array(Uint32Array.of(bits - 1, bits, bits + 1).buffer)];
    });
    const values = Float32Array.from([[top], borders, borders.map((value) => -value)].flat());
    const bytes = encodeFloat16(values);
    expect(shiftOf(bytes)).toBe(0);
    expect(wordsOf(bytes)).toEqual(Array.from(values, nearest));
  });

  test("rounds random values as the reference does, with the scale that its largest magnitude needs", () => {
    fc.assert(
      fc.property(fc.array(anyFloat, { minLength: 1, maxLength: 50 }), (numbers) => {
        const values = Float32Array.from(numbers);
        const bytes = encodeFloat16(values);
        const factor = 2 ** shiftOf(bytes);
        const scaled = Array.from(values, (value) => factor * value);
        const largest = Math.max(0, ...scaled.map(Math.abs).filter(Number.isFinite));
        if (largest > 0) expect(largest >= 2 ** 14 && largest < 2 ** 15).toBe(true);
        // Just below 2^128 values are rounded down.
        const most = shiftOf(bytes) === 14 - 127 ? 0x77ff : 0x7c00;
        const expected = scaled.map(nearest).map((half) => {
          const magnitude = half & 0x7fff;
          return magnitude < 0x7c00 ? (half & 0x8000) | Math.min(magnitude, most) : half;
        });
        expect(wordsOf(bytes)).toEqual(expected);
      }),
      { seed: propertySeed("float16"), numRuns: 2000 },
    );
  });

  test("the error is at most the documented bound", () => {
    fc.assert(
      fc.property(fc.array(anyFloat, { minLength: 1, maxLength: 50 }), (numbers) => {
        const values = Float32Array.from(numbers);
        const result = roundTrip(values);
        const largest = Math.max(0, ...Array.from(values, Math.abs).filter(Number.isFinite));
        values.forEach((value, i) => {
          const got = result[i] ?? 0;
          if (!Number.isFinite(value)) {
            expect(got).toBe(value);
            return;
          }
          const bound = Math.abs(value) >= largest * 2 ** -28 ? Math.abs(value) * 2 ** -11 : largest * 2 ** -39;
          expect(Math.abs(got - value)).toBeLessThanOrEqual(bound + 2 ** -150);
        });
      }),
      { seed: propertySeed("float16's bound"), numRuns: 2000 },
    );
  });

  test.each<readonly [what: string, values: readonly number[]]>([
    ["zeros", [0, -0, 0]],
    ["nothing", []],
    ["NaN and infinities only", [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ["infinities beside small numbers", [2 ** -140, Number.NEGATIVE_INFINITY, -(2 ** -149)]],
    ["the smallest number", [2 ** -149]],
    ["powers of two", [2 ** 127, 2 ** 100, -(2 ** 90)]],
  ])("keeps %s", (_, values) => {
    expect(roundTrip(Float32Array.from(values))).toEqual(Float32Array.from(values));
  });

  test("the largest number stays finite", () => {
    const largest = (2 - 2 ** -23) * 2 ** 127;
    const [got = 0] = roundTrip(Float32Array.of(largest));
    expect(Number.isFinite(got)).toBe(true);
    expect(largest - got).toBeLessThanOrEqual(largest * 2 ** -11);
  });

  test("bytes at an odd address, and values inside of a larger array", () => {
    const values = Float32Array.of(9, 1, -2, 0.5, 9).subarray(1, 4);
    const bytes = encodeFloat16(values);
    const moved = new Uint8Array(bytes.length + 1).subarray(1);
    moved.set(bytes);
    expect(decoded(moved, 3)).toEqual(Float32Array.of(1, -2, 0.5));
  });

  test("vectors of more than one block", () => {
    const values = Float32Array.from({ length: 10_000 }, (_, i) => (i % 7) - 3);
    expect(roundTrip(values)).toEqual(values);
  });

  test("refuses bytes of another length, and an exponent that no float32 needs", () => {
    const bytes = encodeFloat16(Float32Array.of(1, 2));
    const refusal = (length: number) => thrownBy(() => decodeFloat16(bytes.subarray(0, length), new Float32Array(2)));
    for (const length of [0, 1, 2, 5]) {
      expectError(refusal(length), JobError, `float16: ${length} bytes, expected 6 for 2 values`);
    }
    new DataView(bytes.buffer).setInt16(0, 164, true);
    expectError(refusal(6), JobError, "float16: the exponent is 164, expected an integer from -113 to 163");
  });
});
