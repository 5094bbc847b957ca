/** The twin of shaders/elementwise/tanhBackward: dy · (1 − y) · (1 + y). */
export function tanhBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void {
  for (let i = 0; i < dx.length; i++) dx[i] = dy[i]! * ((1 - y[i]!) * (1 + y[i]!));
}
