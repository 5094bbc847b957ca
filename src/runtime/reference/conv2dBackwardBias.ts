/** The twin of shaders/kit/sumSlices, where the slices are pixels: db[k] = Σ dy[…, k]. */
export function conv2dBackwardBias(dy: Float32Array, db: Float32Array): void {
  const sums = new Float64Array(db.length);
  for (let pixel = 0; pixel < dy.length; pixel += db.length) {
    for (let k = 0; k < db.length; k++) sums[k]! += dy[pixel + k]!;
  }
  db.set(sums);
}
