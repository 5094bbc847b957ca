import { mulberry32 } from "../support/random.js";

/** A kind of values for the inputs of an operator. */
export interface Inputs {
  readonly name: string;
  fill(values: Float32Array, seed: number): void;
}

/** Values in [−1, 1]. */
const usual: Inputs = {
  name: "usual values",
  fill(values, seed) {
    const next = mulberry32(seed);
    for (let i = 0; i < values.length; i++) values[i] = 2 * next() - 1;
  },
};

const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-40, 3e38, -3e38, 1e-38, 16777217];

/** Values in [−4, 4]. One in 32 is special. */
const special: Inputs = {
  name: "special values",
  fill(values, seed) {
    const next = mulberry32(seed);
    for (let i = 0; i < values.length; i++) {
      const value = 8 * next() - 4;
      const chosen = next() * 32 * SPECIAL.length;
      values[i] = SPECIAL[Math.floor(chosen)] ?? value;
    }
  },
};

/** Floats of random bits: of every size, with some NaN and subnormal numbers. */
const bits: Inputs = {
  name: "random bits",
  fill(values, seed) {
    const next = mulberry32(seed);
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < words.length; i++) words[i] = next() * 2 ** 32;
  },
};

export const USUAL_AND_SPECIAL: readonly Inputs[] = [usual, special];
export const ALL_INPUTS: readonly Inputs[] = [usual, special, bits];

/** Integers from 0 to `below` − 1, as float32. */
export function integers(below: number): readonly Inputs[] {
  return [
    {
      name: "integers",
      fill(values, seed) {
        const next = mulberry32(seed);
        for (let i = 0; i < values.length; i++) values[i] = Math.floor(below * next());
      },
    },
  ];
}
