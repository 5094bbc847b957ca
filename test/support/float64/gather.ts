import { at, type Expected, exact, type Operand, sizeOf, TermSums, valueAt, valuesOf } from "./operand.js";

/** The place of rows: the extents before and after their axis, and the axis. */
function split(shape: readonly number[], axis: number) {
  const position = axis < 0 ? axis + shape.length : axis;
  const [before, after] = [shape.slice(0, position), shape.slice(position + 1)];
  return { before, after, outer: sizeOf(before), rows: at(shape, position), inner: sizeOf(after) };
}

/** The shape of y. */
export function gatherShape(shape: readonly number[], indices: readonly number[], axis: number): number[] {
  const { before, after } = split(shape, axis);
  return [...before, ...indices, ...after];
}

/** Visits every element of y with the element of x that it copies, if its index names a row. */
function forEachCopy(
  shape: readonly number[],
  indices: Operand,
  axis: number,
  visit: (yIndex: number, xIndex: number) => void,
): void {
  const { outer, rows, inner } = split(shape, axis);
  const count = sizeOf(indices.shape);
  for (let o = 0; o < outer; o++)
    for (let j = 0; j < count; j++) {
      const index = at(indices.data, j);
      if (!Number.isInteger(index) || index < -rows || index >= rows) continue;
      const row = (index + rows) % rows;
      for (let i = 0; i < inner; i++) visit((o * count + j) * inner + i, (o * rows + row) * inner + i);
    }
}

/** y: the rows of the indices, exactly, and zeros for an index without a row. */
export function gather(x: Operand, indices: Operand, axis: number): Expected {
  const values = valuesOf("x", x, x.shape);
  const shape = gatherShape(x.shape, indices.shape, axis);
  const y = new Float64Array(sizeOf(shape));
  forEachCopy(x.shape, indices, axis, (yIndex, xIndex) => {
    y[yIndex] = valueAt(values, xIndex);
  });
  return exact(shape, y);
}

/** dx: every copy sends its gradient to its row. */
export function gatherBackward(shape: readonly number[], indices: Operand, dy: Operand, axis: number): Expected {
  const gradients = valuesOf("dy", dy, gatherShape(shape, indices.shape, axis));
  const dx = new TermSums(shape);
  forEachCopy(shape, indices, axis, (yIndex, xIndex) => dx.add(xIndex, valueAt(gradients, yIndex)));
  return dx;
}

/** y: 1 at the class, 0 elsewhere. */
export function oneHot(indices: Operand, depth: number): Expected {
  const shape = [...indices.shape, depth];
  const y = new Float64Array(sizeOf(shape));
  for (const [row, index] of indices.data.entries()) {
    if (Number.isInteger(index) && index >= 0 && index < depth) y[row * depth + index] = 1;
  }
  return exact(shape, y);
}
