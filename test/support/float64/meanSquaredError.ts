import { type Expected, type Operand, sizeOf, TermSums, valueAt, valuesOf } from "./operand.js";

/** The loss, a scalar. */
export function meanSquaredError(predictions: Operand, targets: Operand): Expected {
  const p = valuesOf("predictions", predictions, predictions.shape);
  const t = valuesOf("targets", targets, predictions.shape);
  const loss = new TermSums([]);
  for (let i = 0; i < p.length; i++) loss.add(0, (valueAt(p, i) - valueAt(t, i)) ** 2 / p.length);
  return loss;
}

/** dpredictions, and dtargets of the other sign. */
export function meanSquaredErrorBackward(
  predictions: Operand,
  targets: Operand,
  dy: Operand,
): { readonly dpredictions: Expected; readonly dtargets: Expected } {
  const p = valuesOf("predictions", predictions, predictions.shape);
  const t = valuesOf("targets", targets, predictions.shape);
  const [slope = Number.NaN] = valuesOf("dy", dy, []);
  const gradient = (sign: number) => {
    const sums = new TermSums(predictions.shape);
    for (let i = 0; i < p.length; i++) {
      sums.add(i, (sign * 2 * slope * (valueAt(p, i) - valueAt(t, i))) / sizeOf(predictions.shape));
    }
    return sums;
  };
  return { dpredictions: gradient(1), dtargets: gradient(-1) };
}
