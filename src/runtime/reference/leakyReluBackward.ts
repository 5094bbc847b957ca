/** The twin of shaders/elementwise/leakyReluBackward: alpha · dy where x ≤ 0, else dy. */
export function leakyReluBackward(alpha: number, x: Float32Array, dy: Float32Array, dx: Float32Array): void {
  const slope = Math.fround(alpha);
  for (let i = 0; i < dx.length; i++) dx[i] = x[i]! <= 0 ? slope * dy[i]! : dy[i]!;
}
