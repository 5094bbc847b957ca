import { JobError } from "../core/errors.js";
import type { Fields } from "../core/fields.js";
import { elementsOf } from "../core/shape.js";
import { concatBytes, littleEndianBytes } from "../io/arrays.js";
import type { Column } from "../nn/data/columns.js";
import type { Examples } from "../nn/data/dataset.js";
import { makeOneNaN } from "./oneNaN.js";

/** About as many bytes of examples are hashed at a time. */
const BLOCK_BYTES = 2 ** 20;

/** A field that is a digest. */
export function digestField(fields: Fields, name: string): string {
  return fields.pattern(name, /^[0-9a-f]{64}$/, "64 hexadecimal digits");
}

/** SHA-256 in 64 hexadecimal digits. @throws (rejects with) JobError if the page's context is not secure */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = await hashOf(subtleCrypto(), bytes);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A digest of all values of a dataset, as float32. It does not depend on the arrays' types, nor on the order of names.
 * A block of examples is hashed at a time, and then their hashes.
 *
 * @throws (rejects with) JobError if the page's context is not secure
 */
export async function datasetDigest({ count, inputs, targets, weights }: Examples): Promise<string> {
  const subtle = subtleCrypto();
  const columns = [...sorted(inputs), ...sorted(targets)].map(([, column]) => column);
  if (weights) columns.push(weightsColumn(weights));
  const exampleSize = columns.reduce((size, { shape }) => size + elementsOf(shape), 0);
  const blockExamples = Math.max(1, Math.floor(BLOCK_BYTES / (4 * exampleSize)));
  const values = new Float32Array(Math.min(blockExamples, count) * exampleSize);
  const hashes: Promise<Uint8Array>[] = [];
  for (let first = 0; first < count; first += blockExamples) {
    const examples = Math.min(blockExamples, count - first);
    const block = values.subarray(0, examples * exampleSize);
    writeBlock(columns, first, examples, block);
    // The call copies the bytes. They are hashed while the next block is written.
    const hash = hashOf(subtle, littleEndianBytes(block));
    await hashes.at(-1);
    hashes.push(hash);
  }
  const shapes = (of: ReadonlyMap<string, Column>) => sorted(of).map(([name, { shape }]) => [name, shape]);
  const header = JSON.stringify({
    format: "webgpu-cnn data 1",
    count,
    inputs: shapes(inputs),
    targets: shapes(targets),
    isWeighted: weights !== undefined,
  });
  return sha256(concatBytes([new TextEncoder().encode(header), ...(await Promise.all(hashes))]));
}

/** Writes column after column. */
function writeBlock(columns: readonly Column[], first: number, examples: number, to: Float32Array): void {
  let at = 0;
  for (const { shape, write } of columns) {
    const size = elementsOf(shape);
    for (let example = first; example < first + examples; example++) {
      write(example, to.subarray(at, at + size));
      at += size;
    }
  }
  makeOneNaN(to);
}

function weightsColumn(weights: Float32Array): Column {
  return {
    ...{ examples: weights.length, shape: [] },
    write: (example, to) => to.set(weights.subarray(example, example + 1)),
  };
}

/** By name. It does not depend on the language of the machine. */
function sorted(columns: ReadonlyMap<string, Column>): readonly (readonly [string, Column])[] {
  return [...columns].sort(([a], [b]) => (a < b ? -1 : 1));
}

function subtleCrypto(): SubtleCrypto {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle !== undefined) return subtle;
  throw new JobError(
    "distributed: this page has no crypto.subtle, because its context is not secure; serve it by https, or from localhost",
  );
}

async function hashOf(subtle: SubtleCrypto, bytes: Uint8Array): Promise<Uint8Array> {
  const { buffer, byteOffset, length } = bytes;
  // It takes no shared memory.
  const own = buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(bytes);
  return new Uint8Array(await subtle.digest("SHA-256", own));
}
