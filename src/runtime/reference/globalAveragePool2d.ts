/** The twin of shaders/pool/globalAveragePool2d: the mean of each channel of an image, x [n, pixels, c], y [n, c]. */
export function globalAveragePool2d(pixels: number, c: number, x: Float32Array, y: Float32Array): void {
  const sums = new Float64Array(c);
  for (let image = 0; image * c < y.length; image++) {
    sums.fill(0);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const first = (image * pixels + pixel) * c;
      for (let i = 0; i < c; i++) sums[i]! += x[first + i]!;
    }
    for (let i = 0; i < c; i++) y[image * c + i] = sums[i]! / pixels;
  }
}
