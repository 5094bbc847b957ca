import { JobError } from "../core/errors.js";
import { sum } from "../core/objects.js";
import { concatBytes, littleEndianBytes } from "../io/arrays.js";
import { checkFloat16, decodeFloat16, encodeFloat16, float16Bytes } from "./float16.js";
import { makeOneNaN } from "./oneNaN.js";

export const PRECISIONS = ["float32", "float16"] as const;

/** How vectors are sent. */
export type Precision = (typeof PRECISIONS)[number];

/** The number of bytes of a vector with parts of these sizes. */
export function vectorBytes(sizes: readonly number[], precision: Precision): number {
  return sum(sizes.map((size) => bytesOf(size, precision)));
}

/** The bytes of a vector, little-endian. As float16, each part has a scale of its own. */
export function encodeVector(parts: readonly Float32Array[], precision: Precision): Uint8Array<ArrayBuffer> {
  return concatBytes(
    parts.map((part) => (precision === "float16" ? encodeFloat16(part) : littleEndianBytes(withOneNaN(part)))),
  );
}

/** Checks bytes, without memory for their values. @throws JobError if they are not those of a vector of these parts */
export function checkVector(bytes: Uint8Array, sizes: readonly number[], precision: Precision): void {
  const expected = vectorBytes(sizes, precision);
  if (bytes.length !== expected) {
    throw new JobError(`vector: ${bytes.length} bytes of ${precision}, expected ${expected}`);
  }
  if (precision === "float32") return;
  let end = 0;
  for (const size of sizes) {
    const start = end;
    end += bytesOf(size, precision);
    checkFloat16(bytes.subarray(start, end), size);
  }
}

/**
 * A vector from its bytes.
 *
 * @param sizes the numbers of values of the parts
 * @throws JobError if the bytes are not those of such a vector
 */
export function decodeVector(
  bytes: Uint8Array,
  sizes: readonly number[],
  precision: Precision,
): Float32Array<ArrayBuffer> {
  // Before the memory for the vector is allocated.
  checkVector(bytes, sizes, precision);
  const vector = new Float32Array(sum(sizes));
  if (precision === "float32") {
    new Uint8Array(vector.buffer).set(bytes);
    // The same method swaps the bytes back.
    const swapped = littleEndianBytes(vector);
    if (swapped.buffer !== vector.buffer) new Uint8Array(vector.buffer).set(swapped);
    return vector;
  }
  let end = 0;
  for (const part of partsOf(vector, sizes)) {
    const start = end;
    end += bytesOf(part.length, precision);
    decodeFloat16(bytes.subarray(start, end), part);
  }
  return vector;
}

/** The parts of a vector, as views of its memory. */
export function partsOf(vector: Float32Array, sizes: readonly number[]): readonly Float32Array[] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return vector.subarray(end - size, end);
  });
}

function bytesOf(size: number, precision: Precision): number {
  return precision === "float16" ? float16Bytes(size) : 4 * size;
}

function withOneNaN(values: Float32Array): Float32Array {
  if (!values.some(Number.isNaN)) return values;
  const copy = values.slice();
  makeOneNaN(copy);
  return copy;
}
