/**
 * The twin of shaders/arrange/transpose.
 *
 * @param extents of the output
 * @param strides in elements of the input, for one step along each axis of the output
 */
export function transpose(
  extents: readonly number[],
  strides: readonly number[],
  x: Float32Array,
  y: Float32Array,
): void {
  let next = 0;
  const move = (axis: number, from: number) => {
    if (axis === extents.length) y[next++] = x[from]!;
    else for (let i = 0; i < extents[axis]!; i++) move(axis + 1, from + i * strides[axis]!);
  };
  move(0, 0);
}
