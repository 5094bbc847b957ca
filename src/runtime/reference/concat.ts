/**
 * The twin of shaders/arrange/concat: the rows of all inputs side by side.
 *
 * @param rows the product of the extents before the concatenated axis
 */
export function concat(rows: number, inputs: readonly Float32Array[], y: Float32Array): void {
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (const x of inputs) {
      const length = x.length / rows;
      y.set(x.subarray(row * length, (row + 1) * length), next);
      next += length;
    }
  }
}
