/** The twin of shaders/pool/globalAveragePool2dBackward: an equal share of dy for every pixel, dy [n, c], dx [n, pixels, c]. */
export function globalAveragePool2dBackward(pixels: number, c: number, dy: Float32Array, dx: Float32Array): void {
  let next = 0;
  for (let image = 0; image * c < dy.length; image++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let i = 0; i < c; i++) dx[next++] = dy[image * c + i]! / pixels;
    }
  }
}
