import { naturalLogarithm } from "./math.js";

/**
 * Random numbers by counter. The random bits of an element are a hash of its index. They are the same on every backend
 * and engine, and do not depend on earlier draws.
 *
 * The hash is pcg4d of Mark Jarzynski and Marc Olano, "Hash Functions for GPU Rendering" (Journal of Computer Graphics
 * Techniques 9(3), 2020). This is the reference of shaders/lib/random.wgsl.
 */

/** Four integers from 0 to 2³² − 1. */
type Four = readonly [x: number, y: number, z: number, w: number];

/** Four hashes of 32 bits of four integers of 32 bits. */
export function pcg4d(...counter: Four): Four {
  let [x, y, z, w] = counter;
  x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
  y = (Math.imul(y, 1664525) + 1013904223) >>> 0;
  z = (Math.imul(z, 1664525) + 1013904223) >>> 0;
  w = (Math.imul(w, 1664525) + 1013904223) >>> 0;
  x += Math.imul(y, w);
  y += Math.imul(z, x);
  z += Math.imul(x, y);
  w += Math.imul(y, z);
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  w ^= w >>> 16;
  x += Math.imul(y, w);
  y += Math.imul(z, x);
  z += Math.imul(x, y);
  w += Math.imul(y, z);
  return [x >>> 0, y >>> 0, z >>> 0, w >>> 0];
}

/**
 * The bits of the elements 4 · index to 4 · index + 3.
 *
 * @param seed an integer from 0 to 2⁵³ − 1
 * @param step an integer from 0 to 2³² − 1. Each step has other bits
 * @param replica an integer from 0 to 2047. Each replica of a step has other bits
 */
export function randomFour(seed: number, step: number, index: number, replica = 0): Four {
  const [low, high] = halves(seed);
  return pcg4d(index, step, low, withReplica(high, replica));
}

/**
 * A seed's high half and a replica in one word. The half is below 2²¹, so each pair has its own word: its upper 11 bits
 * are the replica. The lower bits are changed by it too, because the hash hardly carries the upper bits of a word into
 * other bits. Replica 0 changes nothing.
 */
function withReplica(high: number, replica: number): number {
  return ((high ^ replica) + replica * 2 ** 21) >>> 0;
}

/** A seed's low and high 32 bits. */
export function halves(seed: number): readonly [low: number, high: number] {
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

/**
 * The random numbers of one seed and stream, one after the other. They are the same on every machine.
 *
 * @example
 * ```ts
 * const signs: Initializer = ([length = 0], random) => {
 *   return Float32Array.from({ length }, () => (random.uniform() < 0.5 ? -1 : 1));
 * };
 * const dense = new Dense({ units: 100, biasInitializer: signs });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1], seed: 1 });
 * const bias = (await model.weights.get("dense.bias")?.read()) ?? [];
 * [...new Set(bias)].sort(); // [-1, 1]
 * ```
 */
export class RandomNumbers {
  readonly #seed: number;
  readonly #stream: number;
  /** The number of values that have been drawn. */
  #drawn = 0;
  #four: Four = [0, 0, 0, 0];
  #spareNormal: number | undefined;

  /**
   * @param seed an integer from 0 to 2⁵³ − 1
   * @param stream an integer from 0 to 2³² − 1. The streams of one seed are independent
   */
  constructor(seed: number, stream = 0) {
    this.#seed = seed;
    this.#stream = stream;
  }

  /** Draws 32 random bits. @returns an integer from 0 to 2³² − 1 */
  bits(): number {
    const i = this.#drawn % 4;
    if (i === 0) this.#four = randomFour(this.#seed, this.#stream, this.#drawn / 4);
    this.#drawn++;
    return this.#four[i] ?? 0;
  }

  /** Draws from a uniform distribution. @returns a multiple of 2⁻²⁴ in [0, 1), which float32 holds exactly */
  uniform(): number {
    return (this.bits() >>> 8) * 2 ** -24;
  }

  /**
   * Draws an integer. The relative error of the probabilities is at most `below` · 2⁻³².
   *
   * @param below an integer from 1 to 2²¹
   * @returns an integer from 0 to `below` − 1
   */
  integer(below: number): number {
    return Math.floor((this.bits() * below) / 2 ** 32);
  }

  /**
   * Draws from a normal distribution with mean 0 and variance 1, by Marsaglia's polar method. It needs no function that
   * engines round differently.
   *
   * @returns a finite number
   */
  normal(): number {
    const spare = this.#spareNormal;
    this.#spareNormal = undefined;
    if (spare !== undefined) return spare;
    for (;;) {
      // Both numbers lie in the middle of their intervals, so neither is 0.
      const x = (this.bits() + 0.5) * 2 ** -31 - 1;
      const y = (this.bits() + 0.5) * 2 ** -31 - 1;
      const square = x * x + y * y;
      if (square >= 1) continue;
      const scale = Math.sqrt((-2 * naturalLogarithm(square)) / square);
      this.#spareNormal = y * scale;
      return x * scale;
    }
  }
}
