import { randomFour } from "../../core/random.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/elementwise/dropout: y[i] = x[i] · scale where bits(seed, step, replica, i) ≥ threshold, else 0. */
export const dropout: ReferenceKernel<"dropout"> = (mask, { x, step, replica }, { y }) => {
  for (let first = 0; first < x.length; first += 4) {
    const bits = randomFour(mask.seed, step[0]!, first / 4, replica[0]!);
    const lanes = Math.min(4, x.length - first);
    for (let lane = 0; lane < lanes; lane++) {
      y[first + lane] = bits[lane]! >= mask.threshold ? x[first + lane]! * mask.scale : 0;
    }
  }
};
