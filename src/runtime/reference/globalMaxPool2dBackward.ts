import { winnerOf } from "./globalMaxPool2d.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of shaders/pool/globalMaxPool2dBackward: the first maximum of a channel gets its dy, or every pixel equal
 * to the maximum.
 */
export const globalMaxPool2dBackward: ReferenceKernel<"globalMaxPool2dBackward"> = (
  { pixels, c, ties },
  { x, dy },
  { dx },
) => {
  dx.fill(0);
  for (let channel = 0; channel < dy.length; channel++) {
    const first = Math.floor(channel / c) * pixels * c + (channel % c);
    const winner = winnerOf(x, first, pixels, c);
    if (ties === "first") {
      dx[winner] = dy[channel]!;
      continue;
    }
    // NaN equals nothing. So if the maximum of a channel is NaN, no element gets its gradient.
    for (let pixel = 0; pixel < pixels; pixel++) {
      if (x[first + pixel * c] === x[winner]) dx[first + pixel * c] = dy[channel]!;
    }
  }
};
