import { at, type Expected, exact, type Operand, sizeOf, valueAt, valuesOf } from "./operand.js";

/** Visits every position of a shape, row-major, with its index. */
function forEachPosition(shape: readonly number[], visit: (position: readonly number[], index: number) => void): void {
  for (let index = 0; index < sizeOf(shape); index++) {
    let rest = index;
    const position = shape.map((extent, axis) => {
      const step = sizeOf(shape.slice(axis + 1));
      const along = Math.floor(rest / step) % extent;
      rest %= step;
      return along;
    });
    visit(position, index);
  }
}

function indexOf(position: readonly number[], shape: readonly number[]): number {
  return position.reduce((index, along, axis) => index * at(shape, axis) + along, 0);
}

/** y: the part of x that begins at `starts`, exactly. */
export function slice(x: Operand, starts: readonly number[], sizes: readonly number[]): Expected {
  const xValues = valuesOf("x", x, x.shape);
  const y = new Float64Array(sizeOf(sizes));
  forEachPosition(sizes, (position, index) => {
    const source = position.map((along, axis) => at(starts, axis) + along);
    y[index] = valueAt(xValues, indexOf(source, x.shape));
  });
  return exact(sizes, y);
}

/** dx: every element of the part sends its dy back, exactly. */
export function sliceBackward(inputShape: readonly number[], dy: Operand, starts: readonly number[]): Expected {
  const dyValues = valuesOf("dy", dy, dy.shape);
  const dx = new Float64Array(sizeOf(inputShape));
  forEachPosition(dy.shape, (position, index) => {
    const source = position.map((along, axis) => at(starts, axis) + along);
    dx[indexOf(source, inputShape)] = valueAt(dyValues, index);
  });
  return exact(inputShape, dx);
}

/** y: the elements of every input, moved along the axis by the extents of the inputs before it. */
export function concat(inputs: readonly Operand[], axis: number): Expected {
  const first = inputs[0]?.shape ?? [];
  const position = axis < 0 ? axis + first.length : axis;
  const shape = first.map((extent, other) =>
    other === position ? inputs.reduce((sum, x) => sum + at(x.shape, position), 0) : extent,
  );
  const y = new Float64Array(sizeOf(shape));
  let before = 0;
  for (const x of inputs) {
    const xValues = valuesOf("x", x, x.shape);
    forEachPosition(x.shape, (at, index) => {
      const target = at.map((along, other) => (other === position ? along + before : along));
      y[indexOf(target, shape)] = valueAt(xValues, index);
    });
    before += at(x.shape, position);
  }
  return exact(shape, y);
}
