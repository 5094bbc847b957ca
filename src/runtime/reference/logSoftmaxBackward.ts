import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { underflow } from "./unaryFormulas.js";

/** The reference of shaders/loss/logSoftmaxBackward: dx = dy − exp(y) · Σ dy, row by row of c. */
export const logSoftmaxBackward: ReferenceKernel<"logSoftmaxBackward"> = ({ c }, { y, dy }, { dx }) => {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += dy[i]!;
    for (let i = first; i < first + c; i++) dx[i] = dy[i]! - Math.exp(y[i]!) * sum;
  }
};

/**
 * Takes the place of Σ|terms| in the error bound, with K = c: |dy| + exp(y) · Σ|dy| · (3 + |y|). WGSL allows exp(y) 3 + 2
 * |y| units in the last place, which is 6 + 4 |y| roundings. A factor may overflow before its product is taken.
 */
export const logSoftmaxBackwardMagnitude: ReferenceKernel<"logSoftmaxBackward"> = ({ c }, { y, dy }, { dx }) => {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += Math.abs(dy[i]!);
    for (let i = first; i < first + c; i++) {
      const probability = Math.exp(y[i]!);
      const ofProbability = probability === 0 ? 0 : probability * (3 + Math.abs(y[i]!));
      dx[i] = unlessOverflow([probability, sum], Math.abs(dy[i]!) + ofProbability * sum + underflow(sum));
    }
  }
};
