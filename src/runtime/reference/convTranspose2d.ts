import type { Conv2dGeometry } from "../../core/geometry.js";
import { conv2dBackwardInput } from "./conv2dBackwardInput.js";

/** The twin of what `convTranspose2d` borrows from the gradient of a convolution's input: y = relu?(dx + bias), for x in the place of dy. */
export function convTranspose2d(
  g: Conv2dGeometry,
  relu: boolean,
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array | undefined,
  y: Float32Array,
): void {
  conv2dBackwardInput(g, x, w, y);
  for (let i = 0; i < y.length; i++) {
    const sum = bias ? y[i]! + bias[i % g.c]! : y[i]!;
    y[i] = relu && sum < 0 ? 0 : sum;
  }
}
