import { randomBlock } from "../../core/random.js";

/** Which elements are dropped, and what becomes of the others. */
export interface DropoutMask {
  readonly seed: number;
  /** An element is kept where its bits are at least this. */
  readonly threshold: number;
  /** float32. */
  readonly scale: number;
}

/** The twin of shaders/elementwise/dropout: y[i] = x[i] · scale where bits(seed, step, i) ≥ threshold, else 0. */
export function dropout(mask: DropoutMask, x: Float32Array, step: Float32Array, y: Float32Array): void {
  for (let first = 0; first < x.length; first += 4) {
    const bits = randomBlock(mask.seed, step[0]!, first / 4);
    const lanes = Math.min(4, x.length - first);
    for (let lane = 0; lane < lanes; lane++) {
      y[first + lane] = bits[lane]! >= mask.threshold ? x[first + lane]! * mask.scale : 0;
    }
  }
}
