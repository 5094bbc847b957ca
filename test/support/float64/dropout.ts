import { type Expected, type Operand, TermSums, valueAt, valuesOf } from "./operand.js";
import { randomBits } from "./random.js";

export interface DropoutOptions {
  readonly rate: number;
  readonly seed: number;
  readonly step?: number;
  readonly replica?: number;
}

/** y, or dx if `x` is dy: the kept elements, divided by the probability to keep them. */
export function dropout(x: Operand, { rate, seed, step = 0, replica = 0 }: DropoutOptions): Expected {
  const values = valuesOf("x", x, x.shape);
  const y = new TermSums(x.shape);
  for (let i = 0; i < values.length; i++) {
    const kept = randomBits(seed, step, i, replica) >= Math.round(rate * 2 ** 32);
    y.add(i, kept ? valueAt(values, i) / (1 - rate) : 0);
  }
  return y;
}
