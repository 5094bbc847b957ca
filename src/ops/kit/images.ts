import { ShapeError } from "../../core/errors.js";
import { extentOf, inLayout, type Layout } from "../../core/geometry.js";
import { checkShape4, type Shape, sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";

/** The extents of a batch of images. @throws ShapeError if the shape does not have four axes */
export function readImage(operator: string, argument: string, value: unknown, layout: Layout) {
  const shape = checkShape4(operator, argument, value, layout);
  return {
    n: extentOf(shape, layout, "n"),
    h: extentOf(shape, layout, "h"),
    w: extentOf(shape, layout, "w"),
    c: extentOf(shape, layout, "c"),
  };
}

/** @param output the shape of the forward's output, in nhwc @throws ShapeError if dy does not have that shape */
export function checkGradient(operator: string, dy: Tensor, output: Shape, layout: Layout): void {
  const expected = inLayout(output, "nhwc", layout);
  if (sameShape(dy.shape, expected)) return;
  throw new ShapeError(
    `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${expected.join(", ")}] ${layout}`,
  );
}
