/**
 * The reference of shaders/lib/masked: takes dx through the ReLU that gave x. 0 where x ≤ 0, so a gradient passes where
 * x is NaN.
 */
export function maskByRelu(x: Float32Array, dx: Float32Array): void {
  for (let i = 0; i < dx.length; i++) if (x[i]! <= 0) dx[i] = 0;
}
