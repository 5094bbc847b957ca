import fc from "fast-check";
import type { BatchNormalizationOptions } from "./float64/batchNormalization.js";
import { at, type Operand, sizeOf } from "./float64/operand.js";
import { randomOperand } from "./random.js";

export interface BatchNormalizationCase {
  readonly x: Operand;
  readonly mean: Operand;
  readonly variance: Operand;
  readonly options: BatchNormalizationOptions;
  readonly seed: number;
}

/** Any rank and axis, values around a level of each channel, and scale, bias and epsilon given or left out. */
export function batchNormalizationCase(): fc.Arbitrary<BatchNormalizationCase> {
  return fc
    .record({
      shape: fc
        .array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(16)), { minLength: 1, maxLength: 6 })
        .filter((shape) => sizeOf(shape) <= 3000),
      position: fc.double({ min: 0, max: 0.999, noNaN: true }),
      fromEnd: fc.boolean(),
      last: fc.boolean(),
      level: fc.constantFrom(0, 1, 30),
      spread: fc.constantFrom(0.01, 1, 100),
      hasScale: fc.boolean(),
      hasBias: fc.boolean(),
      epsilon: fc.constantFrom(undefined, 1e-3, 1),
      seed: fc.nat({ max: 2 ** 31 - 16 }),
    })
    .map(({ shape, position, fromEnd, last, level, spread, hasScale, hasBias, epsilon, seed }) => {
      const axis = last ? shape.length - 1 : Math.floor(position * shape.length);
      const c = at(shape, axis);
      const channel = (offset: number) => randomOperand([c], seed + offset);
      const options = {
        ...(last && !fromEnd ? {} : { axis: fromEnd ? axis - shape.length : axis }),
        ...(hasScale ? { scale: channel(1) } : {}),
        ...(hasBias ? { bias: channel(2) } : {}),
        ...(epsilon === undefined ? {} : { epsilon }),
      };
      const data = randomOperand(shape, seed).data.map((value) => level + value * spread);
      const variance = { data: channel(3).data.map((value) => Math.abs(value) * spread), shape: [c] };
      return { x: { data, shape }, mean: channel(4), variance, options, seed };
    });
}
