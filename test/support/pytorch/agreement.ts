import type { TrainingResult } from "./trainingCase.js";

/** The largest difference of two numbers that agree, as a share of the larger of 1 and the expected number. */
export const LARGEST_DIFFERENCE = 1e-3;

/** Where two results differ most. */
export interface Difference {
  /** Such as "the loss of step 3" or "conv2d.kernel[7]". */
  readonly where: string;
  readonly actual: number;
  readonly expected: number;
  /** As a share of the larger of 1 and the expected number. NaN and a missing number count as infinitely far. */
  readonly size: number;
}

/** The differences of two results: the largest of the losses, and the largest of each weight. */
export function differences(actual: TrainingResult, expected: TrainingResult): readonly Difference[] {
  const compared = [largest((i) => `the loss of step ${i + 1}`, actual.losses, expected.losses)];
  const names = new Set([...Object.keys(actual.weights), ...Object.keys(expected.weights)]);
  for (const name of names) {
    compared.push(largest((i) => `${name}[${i}]`, actual.weights[name] ?? [], expected.weights[name] ?? []));
  }
  return compared;
}

function largest(
  where: (i: number) => string,
  actual: readonly (number | null)[],
  expected: readonly (number | null)[],
): Difference {
  let found: Difference = { where: where(0), actual: 0, expected: 0, size: 0 };
  for (let i = 0; i < Math.max(actual.length, expected.length, 1); i++) {
    const wanted = expected[i];
    if (wanted === null) continue;
    const each = { where: where(i), actual: actual[i] ?? Number.NaN, expected: wanted ?? Number.NaN };
    const distance = Math.abs(each.actual - each.expected) / Math.max(1, Math.abs(each.expected));
    const size = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    if (size > found.size) found = { ...each, size };
  }
  return found;
}
