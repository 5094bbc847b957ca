import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { underflow } from "./unaryFormulas.js";

/** The reference of shaders/loss/softmaxBackward: dx = y · (dy − Σ y · dy), row by row of c. */
export const softmaxBackward: ReferenceKernel<"softmaxBackward"> = ({ c }, { y, dy }, { dx }) => {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += y[i]! * dy[i]!;
    for (let i = first; i < first + c; i++) dx[i] = y[i]! * (dy[i]! - sum);
  }
};

/** Σ|terms| of each element. The products and the difference may underflow or overflow before they are
 * multiplied by y. */
export const softmaxBackwardMagnitude: ReferenceKernel<"softmaxBackward"> = ({ c }, { y, dy }, { dx }) => {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += Math.abs(y[i]! * dy[i]!);
    for (let i = first; i < first + c; i++) {
      const difference = Math.abs(dy[i]!) + sum;
      dx[i] = unlessOverflow(difference, Math.abs(y[i]!) * difference + underflow(y[i]!));
    }
  }
};
