import { at, type Expected, exact, type Operand, sizeOf, valueAt, valuesOf } from "./operand.js";

/** y: axis i of the output is axis permutation[i] of the input, exactly. */
export function transpose(x: Operand, permutation: readonly number[]): Expected {
  const xValues = valuesOf("x", x, x.shape);
  if ([...permutation].sort((a, b) => a - b).join() !== x.shape.map((_, i) => i).join()) {
    throw new Error(`oracle: [${permutation.join(", ")}] permutes no axes of [${x.shape.join(", ")}]`);
  }
  const shape = permutation.map((axis) => at(x.shape, axis));
  const strides = permutation.map((axis) => sizeOf(x.shape.slice(axis + 1)));
  const y = new Float64Array(sizeOf(shape));
  for (let yIndex = 0; yIndex < y.length; yIndex++) {
    let rest = yIndex;
    let xIndex = 0;
    for (let i = shape.length - 1; i >= 0; i--) {
      xIndex += (rest % at(shape, i)) * at(strides, i);
      rest = Math.floor(rest / at(shape, i));
    }
    y[yIndex] = valueAt(xValues, xIndex);
  }
  return exact(shape, y);
}
