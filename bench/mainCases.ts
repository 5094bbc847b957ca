/** The main cases: those that are compared most, here and on the page. */
import type { ConvolutionCase, ConvolutionPass, PoolCase } from "./cases.js";
import type { ConvolutionOptions, Shape4 } from "./tasks.js";

export function convolution(name: string, x: Shape4, w: Shape4, options: ConvolutionOptions = {}): ConvolutionCase {
  return { kind: "convolution", name, x, w, options, passes: ["forward", "dx", "dw"] };
}

/** A case for the comparison with peers. It includes the gradient of the bias and is part of a quick run. */
function reference(name: string, x: Shape4, w: Shape4, options: ConvolutionOptions = {}): ConvolutionCase {
  return { ...convolution(name, x, w, options), passes: ["forward", "dx", "dw", "db"], quick: true };
}

/** With a batch as in training on a GPU. */
export function large(
  name: string,
  x: Shape4,
  w: Shape4,
  options: ConvolutionOptions = {},
  passes: readonly ConvolutionPass[] = ["forward", "dx", "dw"],
): ConvolutionCase {
  return { kind: "convolution", name: `large ${name}`, x, w, options, passes, quick: true };
}

export const ALL_PASSES: readonly ConvolutionPass[] = ["forward", "dx", "dw", "db"];

export const REFERENCE_CASES: readonly ConvolutionCase[] = [
  reference("A", [1, 56, 56, 64], [3, 3, 64, 64], { padding: 1 }),
  reference("B", [8, 28, 28, 32], [3, 3, 32, 64], { padding: 1 }),
  reference("C", [1, 112, 112, 3], [7, 7, 3, 32], { strides: 2, padding: 3 }),
  reference("D", [1, 28, 28, 256], [1, 1, 256, 256]),
  reference("E", [64, 28, 28, 1], [5, 5, 1, 8], { padding: 2 }),
];

export const SMALL_CASE = convolution("small 8x8x4", [1, 8, 8, 4], [3, 3, 4, 4], { padding: 1 });
export const MIDDLE_CASE = convolution("small 16x16x8", [1, 16, 16, 8], [3, 3, 8, 16], { padding: 1 });
export const LARGE_CASE = large("resnet 56x56x64", [64, 56, 56, 64], [3, 3, 64, 64], { padding: 1 }, ALL_PASSES);

export const POOLED: Shape4 = [8, 56, 56, 64];

/** Windows that do not overlap. */
export const POOL_CASES: readonly PoolCase[] = [
  { kind: "max", name: "max 2x2", x: POOLED, options: { windowDimensions: 2, strides: 2 }, quick: true },
  { kind: "average", name: "average 2x2", x: POOLED, options: { windowDimensions: 2, strides: 2 }, quick: true },
];
