/**
 * The twin of shaders/transpose.
 *
 * @param extents of the output, four of them
 * @param strides in elements of the input, for one step along each axis of the output
 */
export function transpose(
  extents: readonly [number, number, number, number],
  strides: readonly [number, number, number, number],
  x: Float32Array,
  y: Float32Array,
): void {
  let next = 0;
  for (let i = 0; i < extents[0]; i++) {
    for (let j = 0; j < extents[1]; j++) {
      for (let k = 0; k < extents[2]; k++) {
        const row = i * strides[0] + j * strides[1] + k * strides[2];
        for (let l = 0; l < extents[3]; l++) y[next++] = x[row + l * strides[3]]!;
      }
    }
  }
}
