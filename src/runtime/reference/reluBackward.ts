/** The twin of shaders/elementwise/reluBackward: 0 where y ≤ 0, else dy. */
export function reluBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void {
  for (let i = 0; i < dx.length; i++) dx[i] = y[i]! <= 0 ? 0 : dy[i]!;
}
