/** The twin of shaders/elementwise/sigmoidBackward: dy · y · (1 − y). */
export function sigmoidBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void {
  for (let i = 0; i < dx.length; i++) dx[i] = dy[i]! * (y[i]! * (1 - y[i]!));
}
