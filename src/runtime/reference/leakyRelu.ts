/** The twin of shaders/elementwise/leakyRelu: alpha · x where x < 0, else x. */
export function leakyRelu(alpha: number, x: Float32Array, y: Float32Array): void {
  const slope = Math.fround(alpha);
  for (let i = 0; i < y.length; i++) y[i] = x[i]! < 0 ? slope * x[i]! : x[i]!;
}
