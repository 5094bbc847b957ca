import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/pool/globalAveragePool2dBackward: an equal share of dy for every pixel, dy [n, c], dx [n,
 * pixels, c].
 */
export const globalAveragePool2dBackward: ReferenceKernel<"globalAveragePool2dBackward"> = (
  { pixels, c },
  { dy },
  { dx },
) => {
  let next = 0;
  for (let image = 0; image * c < dy.length; image++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let i = 0; i < c; i++) dx[next++] = dy[image * c + i]! / pixels;
    }
  }
};
