import type { TestResult } from "../../worker/messages.js";

/** What a test item is, and what it is taken for. */
export interface Pair {
  readonly label: number;
  readonly predicted: number;
}

/** How often each class is taken for each: a row for each class, a column for each answer. */
export function confusionOf({ labels, predicted }: TestResult, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (const [n, label] of labels.entries()) {
    const row = counts[label];
    const answer = predicted[n] ?? 0;
    if (row) row[answer] = (row[answer] ?? 0) + 1;
  }
  return counts;
}

/** The commonest mistakes first. */
export function commonestPairs(counts: readonly (readonly number[])[]): (Pair & { readonly count: number })[] {
  return counts
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}

/** The test items of a cell: the mistakes that the network is surest of first; of the right answers, the least sure. */
export function itemsOf({ labels, predicted, confidence }: TestResult, { label, predicted: answer }: Pair): number[] {
  const sign = label === answer ? 1 : -1;
  return [...labels.keys()]
    .filter((n) => labels[n] === label && predicted[n] === answer)
    .sort((a, b) => sign * ((confidence[a] ?? 0) - (confidence[b] ?? 0)));
}
