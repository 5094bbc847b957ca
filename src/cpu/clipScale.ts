/** The twin of shaders/clipScale: min(1, clipNorm / √sumOfSquares). */
export function clipScale(clipNorm: number, sumOfSquares: Float32Array, y: Float32Array): void {
  // Math.min keeps NaN.
  for (let i = 0; i < y.length; i++) y[i] = Math.min(1, clipNorm / Math.sqrt(sumOfSquares[i]!));
}
