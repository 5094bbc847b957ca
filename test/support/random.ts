import { at, type Operand, sizeOf } from "./float64/operand.js";

/** mulberry32 (Tommy Ettinger): a small generator of uniform numbers in [0, 1), the same for the same seed everywhere. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `size` float32 values in [−1, 1]. */
export function randomValues(size: number, seed: number): Float32Array {
  const next = mulberry32(seed);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = 2 * next() - 1;
  return values;
}

/** `size` integers from −range to range: many ties for pools, and sums that are exact in float32. */
export function randomIntegers(size: number, seed: number, range = 2): Float32Array {
  const next = mulberry32(seed);
  // "+ 0" turns −0 into 0.
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = Math.floor((2 * range + 1) * next()) - range + 0;
  return values;
}

/** The integers 0 … size − 1, shuffled. There are no ties, and neighbours differ by 1, as finite differences need. */
export function randomOrder(size: number, seed: number): Float32Array {
  const next = mulberry32(seed);
  const order = Float32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * next());
    [order[i], order[j]] = [at(order, j), at(order, i)];
  }
  return order;
}

/** A tensor of random values in [−1, 1], for the oracle. Its two fields also make a backend's tensor. */
export function randomOperand(shape: readonly number[], seed: number): Operand & { readonly data: Float32Array } {
  return { data: randomValues(sizeOf(shape), seed), shape };
}
