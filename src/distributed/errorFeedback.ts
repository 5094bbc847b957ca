import { sum } from "../core/objects.js";
import { decodeVector, encodeVector, partsOf } from "./vector.js";

/**
 * Publishes values as float16 differences to the values that were published last. Rounding leaves a rest. The next
 * difference contains it, because it is taken from what was published, not from what was wanted. So errors do not add
 * up (error feedback: Seide et al. 2014).
 */
export class ErrorFeedback {
  readonly #published: Float32Array<ArrayBuffer>;
  readonly #sizes: readonly number[];

  /**
   * @param published the values that the receivers have. They are copied
   * @param sizes the numbers of values of the parts. Each has a scale of its own
   */
  constructor(published: Float32Array, sizes: readonly number[]) {
    if (published.length !== sum(sizes)) throw new Error(`${published.length} values, expected ${sum(sizes)}`);
    this.#published = new Float32Array(published);
    this.#sizes = sizes;
  }

  /** The values that the receivers have: the whole state. It is the memory itself, which `publish` changes. */
  get published(): Float32Array<ArrayBuffer> {
    return this.#published;
  }

  /** @returns the difference, for `addDifference` */
  publish(wanted: Float32Array): Uint8Array<ArrayBuffer> {
    const published = this.#published;
    if (wanted.length !== published.length) throw new Error(`${wanted.length} values, expected ${published.length}`);
    const difference = new Float32Array(wanted.length);
    for (let i = 0; i < wanted.length; i++) difference[i] = (wanted[i] ?? 0) - (published[i] ?? 0);
    const bytes = encodeVector(partsOf(difference, this.#sizes), "float16");
    addDifference(published, bytes, this.#sizes);
    return bytes;
  }
}

/**
 * Adds a difference that `publish` gave, in place. All receivers get the same bits.
 *
 * @throws JobError if the bytes are not a difference of such values
 */
export function addDifference(values: Float32Array, bytes: Uint8Array, sizes: readonly number[]): void {
  const difference = decodeVector(bytes, sizes, "float16");
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (difference[i] ?? 0);
}
