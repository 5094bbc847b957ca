import { at, type Expected, type Operand, sizeOf, valueAt, valuesOf } from "./operand.js";

export interface CrossEntropyOptions {
  readonly reduction?: "mean" | "sum" | "none";
  readonly labelSmoothing?: number;
  /** One value for each class. */
  readonly classWeights?: Operand;
}

/** Σ over a row of `term` for each column. */
function sumOf(columns: number, term: (column: number) => number): number {
  let sum = 0;
  for (let column = 0; column < columns; column++) sum += term(column);
  return sum;
}

/** The softmax of one row, and its distances |x − m| to the largest. An infinite distance counts as 0, because its weight is 0. */
function softmaxRow(row: Float64Array) {
  const largest = row.reduce((a, b) => Math.max(a, b));
  const logSum = Math.log(sumOf(row.length, (c) => Math.exp(valueAt(row, c) - largest)));
  const q = row.map((x) => Math.exp(x - largest - logSum));
  const distance = row.map((x) => (x === Number.NEGATIVE_INFINITY ? 0 : Math.abs(x - largest)));
  const mean = sumOf(row.length, (c) => valueAt(q, c) * valueAt(distance, c));
  return { largest, logSum, q, distance, mean };
}

function rowsOf(x: Operand): { readonly columns: number; readonly rows: Float64Array[] } {
  const columns = at(x.shape, x.shape.length - 1);
  const values = valuesOf("x", x, x.shape);
  const rows = Array.from({ length: values.length / columns }, (_, n) =>
    values.subarray(n * columns, (n + 1) * columns),
  );
  return { columns, rows };
}

function expected(shape: readonly number[], terms: number): Expected {
  const size = sizeOf(shape);
  const numbers = () => new Float64Array(size);
  return { shape, values: numbers(), magnitude: numbers(), terms: numbers().fill(terms) };
}

/** y. softmax has its own bound. */
export function softmax(x: Operand): Expected {
  const { columns, rows } = rowsOf(x);
  const y = expected(x.shape, columns);
  for (const [n, row] of rows.entries()) {
    const { q, distance, mean } = softmaxRow(row);
    y.values.set(q, n * columns);
    y.magnitude.set(
      q.map((probability, c) => probability * (3 + valueAt(distance, c) + mean)),
      n * columns,
    );
  }
  return y;
}

/** y, the logarithm of softmax. It has its own bound. */
export function logSoftmax(x: Operand): Expected {
  const { columns, rows } = rowsOf(x);
  const y = expected(x.shape, columns);
  for (const [n, row] of rows.entries()) {
    const { largest, logSum, distance, mean } = softmaxRow(row);
    y.values.set(
      row.map((value) => value - largest - logSum),
      n * columns,
    );
    y.magnitude.set(
      row.map((_, c) => 3 + logSum + valueAt(distance, c) + mean),
      n * columns,
    );
  }
  return y;
}

/** dx: every output sends dy to its own input, and −dy · exp(y) to every input of its row. */
export function logSoftmaxBackward(y: Operand, dy: Operand): Expected {
  const { columns, rows } = rowsOf(y);
  const slopes = valuesOf("dy", dy, y.shape);
  const dx = expected(y.shape, columns);
  for (const [n, row] of rows.entries()) {
    for (let i = 0; i < columns; i++) {
      const index = n * columns + i;
      const probability = Math.exp(valueAt(row, i));
      const units = probability === 0 ? 0 : probability * (3 + Math.abs(valueAt(row, i)));
      dx.values[index] = valueAt(slopes, index);
      dx.magnitude[index] = Math.abs(valueAt(slopes, index));
      for (let j = 0; j < columns; j++) {
        const slope = valueAt(slopes, n * columns + j);
        dx.values[index] = valueAt(dx.values, index) - probability * slope;
        dx.magnitude[index] = valueAt(dx.magnitude, index) + units * Math.abs(slope);
      }
    }
  }
  return dx;
}

/** dx by the whole matrix of derivatives: every output sends dy to every input of its row. */
export function softmaxBackward(y: Operand, dy: Operand): Expected {
  const { columns, rows } = rowsOf(y);
  const slopes = valuesOf("dy", dy, y.shape);
  const dx = expected(y.shape, columns);
  for (const [n, row] of rows.entries()) {
    for (let j = 0; j < columns; j++) {
      const slope = valueAt(slopes, n * columns + j);
      for (let i = 0; i < columns; i++) {
        const at = n * columns + i;
        const own = i === j ? valueAt(row, i) * slope : 0;
        const others = valueAt(row, i) * valueAt(row, j) * slope;
        dx.values[at] = valueAt(dx.values, at) + own - others;
        dx.magnitude[at] = valueAt(dx.magnitude, at) + Math.abs(own) + Math.abs(others);
      }
    }
  }
  return dx;
}

/** The weights of the classes of a row, and the magnitudes of their summed terms. */
interface Target {
  readonly values: Float64Array;
  readonly sizes: Float64Array;
}

/** The probabilities of each row, smoothed and weighted, or NaN if the class number names no class. */
function targetsOf(labels: Operand, columns: number, options: CrossEntropyOptions): Target[] {
  const { labelSmoothing = 0, classWeights } = options;
  const adjusted = (probability: number, c: number) => {
    const smoothed = (1 - labelSmoothing) * probability + labelSmoothing / columns;
    return classWeights && smoothed !== 0 ? smoothed * at(classWeights.data, c) : smoothed;
  };
  const targetOf = (row: Float64Array) => ({
    values: row.map(adjusted),
    sizes: row.map((probability, c) => Math.abs(adjusted(Math.abs(probability), c))),
  });
  if (labels.shape.length === 2) return rowsOf(labels).rows.map(targetOf);
  return [...labels.data].map((label) => {
    const target = new Float64Array(columns);
    if (Number.isInteger(label) && label >= 0 && label < columns) target[label] = 1;
    else target.fill(Number.NaN);
    return targetOf(target);
  });
}

/** N, or the sum of the class weights of the rows. */
function divisorOf({ reduction = "mean", classWeights }: CrossEntropyOptions, labels: Operand, rows: number): number {
  if (reduction !== "mean") return 1;
  if (!classWeights || labels.shape.length === 2) return rows;
  return [...labels.data].reduce((sum, label) => sum + (classWeights.data[label] ?? Number.NaN), 0);
}

/** The loss. It has its own bound. A class of probability 0 adds nothing for any logit. */
export function softmaxCrossEntropy(logits: Operand, labels: Operand, options: CrossEntropyOptions = {}): Expected {
  const { columns, rows } = rowsOf(logits);
  const targets = targetsOf(labels, columns, options);
  const perRow = options.reduction === "none";
  const loss = expected(perRow ? [rows.length] : [], perRow ? columns : columns + Math.log2(rows.length) + 1);
  for (const [n, row] of rows.entries()) {
    const { largest, logSum, distance, mean } = softmaxRow(row);
    const target = targets[n];
    if (!target) throw new Error("oracle: fewer labels than rows");
    const index = perRow ? n : 0;
    const divisor = divisorOf(options, labels, rows.length);
    for (let c = 0; c < columns; c++) {
      const p = valueAt(target.values, c);
      if (p === 0 && !Number.isNaN(logSum)) continue;
      const value = (p * (logSum - (valueAt(row, c) - largest))) / divisor;
      loss.values[index] = valueAt(loss.values, index) + value;
      const magnitude = (valueAt(target.sizes, c) * (3 + logSum + valueAt(distance, c) + mean)) / divisor;
      loss.magnitude[index] = valueAt(loss.magnitude, index) + magnitude;
    }
  }
  return loss;
}

/** dlogits: each class's share of the loss sends its slope to every logit of the row. */
export function softmaxCrossEntropyBackward(
  logits: Operand,
  labels: Operand,
  dy: Operand,
  options: CrossEntropyOptions = {},
): Expected {
  const { columns, rows } = rowsOf(logits);
  const targets = targetsOf(labels, columns, options);
  const { reduction = "mean", classWeights } = options;
  const sumsWeights = reduction === "mean" && classWeights !== undefined && labels.shape.length === 1;
  const dlogits = expected(logits.shape, columns + 1 + (sumsWeights ? Math.log2(rows.length) + 1 : 0));
  for (const [n, row] of rows.entries()) {
    const { q, distance, mean } = softmaxRow(row);
    const target = targets[n];
    if (!target) throw new Error("oracle: fewer labels than rows");
    const slope = at(dy.data, options.reduction === "none" ? n : 0) / divisorOf(options, labels, rows.length);
    for (let j = 0; j < columns; j++) {
      const p = valueAt(target.values, j);
      for (let i = 0; i < columns; i++) {
        const index = n * columns + i;
        const own = i === j ? p : 0;
        dlogits.values[index] = valueAt(dlogits.values, index) + (valueAt(q, i) * p - own) * slope;
        // Label smoothing adds to the label, and the two may cancel. So the terms' sizes count, not their sum.
        const size = valueAt(target.sizes, j);
        const weight = valueAt(q, i) * size * (3 + valueAt(distance, i) + mean);
        dlogits.magnitude[index] =
          valueAt(dlogits.magnitude, index) + (weight + (i === j ? size : 0)) * Math.abs(slope);
      }
    }
  }
  return dlogits;
}
