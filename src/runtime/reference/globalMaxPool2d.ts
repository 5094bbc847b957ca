import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/pool/globalMaxPool2d: the largest pixel of each channel of an image. NaN if there is one.
 */
export const globalMaxPool2d: ReferenceKernel<"globalMaxPool2d"> = ({ pixels, c }, { x }, { y }) => {
  for (let image = 0; image * c < y.length; image++) {
    for (let i = 0; i < c; i++) y[image * c + i] = x[winnerOf(x, image * pixels * c + i, pixels, c)]!;
  }
};

/**
 * The element of the winning pixel of one channel: the first pixel that holds the maximum, or the first that holds NaN.
 */
export function winnerOf(x: Float32Array, first: number, pixels: number, c: number): number {
  let best = first;
  for (let pixel = 1; pixel < pixels && !Number.isNaN(x[best]!); pixel++) {
    const element = first + pixel * c;
    if (x[element]! > x[best]! || Number.isNaN(x[element]!)) best = element;
  }
  return best;
}
