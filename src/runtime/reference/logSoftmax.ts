import type { ReferenceKernel } from "./referenceKernel.js";
import { softmaxOfRow } from "./softmax.js";

/** The reference of shaders/loss/logSoftmax: x − largest − ln Σ exp(x − largest), row by row of c. */
export const logSoftmax: ReferenceKernel<"logSoftmax"> = ({ c }, { x }, { y }) => {
  for (let first = 0; first < x.length; first += c) {
    const { largest, logOfSum } = softmaxOfRow(x.subarray(first, first + c));
    for (let i = first; i < first + c; i++) y[i] = x[i]! - largest - logOfSum;
  }
};

/** Takes the place of Σ|terms| in the error bound, with K = c: that of the cross-entropy of each class. */
export const logSoftmaxMagnitude: ReferenceKernel<"logSoftmax"> = ({ c }, { x }, { y }) => {
  for (let first = 0; first < x.length; first += c) {
    const row = softmaxOfRow(x.subarray(first, first + c));
    for (let i = first; i < first + c; i++) y[i] = row.magnitudeOfLog(i - first);
  }
};
