import { elementsOf, type Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { reduceSum } from "./reduceSum.js";

/** Sums a gradient from the shape that an operand was stretched to, to the operand's own shape. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (elementsOf(shape) === dy.size) return reshape(dy, shape);
  const missing = dy.shape.length - shape.length;
  const axes = [...dy.shape.keys()].filter((axis) => (shape[axis - missing] ?? 1) === 1);
  return reshape(reduceSum(dy, { axes }), shape);
}
