/** The twin of shaders/optimizerSteps/clipScale: 1 where the sum is at most clipNorm², else clipNorm / √sum, so that NaN stays NaN. */
export function clipScale(clipNorm: number, sumOfSquares: Float32Array, y: Float32Array): void {
  for (let i = 0; i < y.length; i++) {
    const sum = sumOfSquares[i]!;
    y[i] = sum <= clipNorm ** 2 ? 1 : clipNorm / Math.sqrt(sum);
  }
}
