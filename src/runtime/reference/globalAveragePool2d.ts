import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/pool/globalAveragePool2d: the mean of each channel of an image, x [n, pixels, c], y [n, c].
 */
export const globalAveragePool2d: ReferenceKernel<"globalAveragePool2d"> = ({ pixels, c }, { x }, { y }) => {
  const sums = new Float64Array(c);
  for (let image = 0; image * c < y.length; image++) {
    sums.fill(0);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const first = (image * pixels + pixel) * c;
      for (let i = 0; i < c; i++) sums[i]! += x[first + i]!;
    }
    for (let i = 0; i < c; i++) y[image * c + i] = sums[i]! / pixels;
  }
};
