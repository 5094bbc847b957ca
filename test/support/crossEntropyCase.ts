import fc from "fast-check";
import type { Backend, SoftmaxCrossEntropyOptions } from "webgpu-cnn";
import { upload } from "./backends.js";
import type { Operand } from "./float64/operand.js";
import type { CrossEntropyOptions } from "./float64/softmax.js";
import { mulberry32, randomValues } from "./random.js";

export interface CrossEntropyCase {
  readonly logits: Operand;
  readonly labels: Operand;
  readonly options: CrossEntropyOptions;
  readonly seed: number;
}

/**
 * Logits near each other and far apart. Labels of either kind, with probabilities that do not always sum to 1. Smoothed,
 * weighted or neither.
 */
export function crossEntropyCase(): fc.Arbitrary<CrossEntropyCase> {
  return fc
    .record({
      n: fc.integer({ min: 1, max: 40 }),
      c: fc.integer({ min: 1, max: 120 }),
      spread: fc.constantFrom(0.01, 1, 10, 60, 1e5),
      kind: fc.constantFrom("classes", "probabilities", "weights"),
      options: fc.record(
        {
          reduction: fc.constantFrom<"mean" | "sum" | "none">("mean", "sum", "none"),
          labelSmoothing: fc.constantFrom(0, 0.1, 1),
        },
        { requiredKeys: [] },
      ),
      weighted: fc.boolean(),
      seed: fc.nat({ max: 2 ** 31 - 16 }),
    })
    .map(({ n, c, spread, kind, weighted, seed, ...given }) => {
      const weights = randomValues(c, seed + 3).map((value) => Math.abs(value) + 0.1);
      const options = { ...given.options, ...(weighted && { classWeights: { data: weights, shape: [c] } }) };
      const logits = { data: randomValues(n * c, seed).map((value) => value * spread), shape: [n, c] };
      const next = mulberry32(seed + 1);
      if (kind === "classes") {
        const labels = Float32Array.from({ length: n }, () => Math.floor(next() * c));
        return { logits, labels: { data: labels, shape: [n] }, options, seed };
      }
      const data = randomValues(n * c, seed + 2);
      if (kind === "weights") return { logits, labels: { data, shape: [n, c] }, options, seed };
      const rowSum = (i: number) =>
        data.subarray(i - (i % c), i - (i % c) + c).reduce((sum, value) => sum + Math.abs(value), 0);
      const labels = data.map((value, i) => Math.abs(value) / rowSum(i));
      return { logits, labels: { data: labels, shape: [n, c] }, options, seed };
    });
}

/** The options for the library. */
export function uploadOptions(
  backend: Backend,
  { classWeights, ...options }: CrossEntropyOptions,
): SoftmaxCrossEntropyOptions {
  return { ...options, ...(classWeights && { classWeights: upload(backend, classWeights) }) };
}
