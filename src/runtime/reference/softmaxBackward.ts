import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/loss/softmaxBackward: dx = y · (dy − Σ y · dy), row by row of c. */
export const softmaxBackward: ReferenceKernel<"softmaxBackward"> = ({ c }, { y, dy }, { dx }) => {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += y[i]! * dy[i]!;
    for (let i = first; i < first + c; i++) dx[i] = y[i]! * (dy[i]! - sum);
  }
};

/** Σ|terms| of each element. */
export const softmaxBackwardMagnitude: ReferenceKernel<"softmaxBackward"> = ({ c }, { y, dy }, { dx }) => {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += Math.abs(y[i]! * dy[i]!);
    for (let i = first; i < first + c; i++) dx[i] = Math.abs(y[i]!) * (Math.abs(dy[i]!) + sum);
  }
};
