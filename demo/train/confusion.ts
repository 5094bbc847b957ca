/** The results of a classifier, example by example. */
export interface Predictions {
  /** True class numbers. */
  readonly labels: ArrayLike<number>;
  /** Predicted class numbers. */
  readonly predicted: Uint8Array;
  /** The probability of the predicted class, by softmax: 0 to 1. */
  readonly confidence: Float64Array;
}

/**
 * Finds the predicted class and its probability for each row of logits. Of equal logits, the first one counts.
 *
 * @param logits [N, classes], row by row
 */
export function classify(logits: Float32Array, classes: number): Omit<Predictions, "labels"> {
  const examples = logits.length / classes;
  const predicted = new Uint8Array(examples);
  const confidence = new Float64Array(examples);
  for (let n = 0; n < examples; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const largest = row.reduce((a, b) => (b > a ? b : a));
    predicted[n] = row.indexOf(largest);
    confidence[n] = 1 / row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  }
  return { predicted, confidence };
}

/**
 * The mean softmax cross-entropy, in nats, summed in float64.
 *
 * @param logits [N, classes], row by row
 */
export function meanCrossEntropy(logits: Float32Array, labels: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let n = 0; n < labels.length; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const largest = row.reduce((a, b) => (b > a ? b : a));
    const exponentials = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    sum += Math.log(exponentials) + largest - (row[labels[n] ?? -1] ?? Number.NaN);
  }
  return sum / labels.length;
}

/** [true class][predicted class] → the number of examples. */
export function confusionMatrix({ labels, predicted }: Predictions, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  predicted.forEach((said, n) => {
    const row = matrix[labels[n] ?? -1];
    if (row?.[said] === undefined) throw new Error(`example ${n}: class ${labels[n]} taken for ${said} of ${classes}`);
    row[said]++;
  });
  return matrix;
}

/** The letters of a name that fits above a column. */
const SHORT = 3;

/**
 * The matrix as text: a row for each true class, with its share of right predictions. A dot stands for zero. No newline at the end.
 *
 * @param names of the classes; their numbers if left out. Long names stand beside the rows only, with the numbers of the columns
 */
export function confusionTable(
  matrix: readonly (readonly number[])[],
  names: readonly string[] = matrix.map((_, i) => String(i)),
): string {
  const isShort = names.every((name) => name.length <= SHORT);
  const head = ["", ...(isShort ? names : names.map((_, i) => String(i))), "right"];
  const rows = matrix.map((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const right = all === 0 ? "–" : `${((100 * (row[label] ?? 0)) / all).toFixed(1)} %`;
    const name = `${names[label]}${isShort ? "" : `  ${label}`}`;
    return [name, ...row.map((count) => (count === 0 ? "·" : String(count))), right];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)));
  const lines = [head, ...rows].map((cells) => cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  "));
  const [titles = "", ...body] = lines;
  return [titles, "─".repeat(titles.length), ...body].join("\n");
}

/** The indices of wrong predictions, those with the highest probability first. */
export function mistakes({ labels, predicted, confidence }: Predictions): number[] {
  const wrong = [...predicted.keys()].filter((n) => predicted[n] !== labels[n]);
  return wrong.sort((a, b) => (confidence[b] ?? 0) - (confidence[a] ?? 0) || a - b);
}
