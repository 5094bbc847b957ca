/** The twin of shaders/elementwise/relu: 0 where x < 0, else x. */
export function relu(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i]! < 0 ? 0 : x[i]!;
}
