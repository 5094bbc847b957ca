import { conv2dBackwardInput } from "./conv2dBackwardInput.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/**
 * The reference of `convTranspose2d`, whose shaders are those of conv2dBackwardInput: y = relu?(dx + bias), with x in
 * the place of dy.
 */
export const convTranspose2d: ReferenceKernel<"convTranspose2d"> = ({ geometry: g, relu }, { x, w, bias }, { y }) => {
  conv2dBackwardInput({ geometry: g, winograd: undefined }, { dy: x, w }, { dx: y });
  for (let i = 0; i < y.length; i++) {
    const sum = bias ? y[i]! + bias[i % g.c]! : y[i]!;
    y[i] = relu && sum < 0 ? 0 : sum;
  }
};
