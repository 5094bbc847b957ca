/** The twin of shaders/elementwise/sigmoid: 1 / (1 + exp(−x)). */
export function sigmoid(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-x[i]!));
}

/**
 * What takes the place of Σ|terms|, with K = 1. WGSL grants exp(−|x|) an error of 3 + 2 |x| units in the last place, of which y takes the share by
 * which it hangs on it, and a division 2.5; the sum rounds by half a unit, and one is left for what is of second order. A unit is at most 2⁻²³ of
 * the value, and K = 1 allows 6 · 2⁻²⁴, so three units for each |term|. Where exp has underflowed, the promise's 2⁻¹²⁶ holds.
 */
export function sigmoidMagnitude(x: Float32Array, magnitude: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const size = Math.min(Math.abs(x[i]!), 128);
    const power = Math.exp(-size);
    const [y, share] = x[i]! < 0 ? [power / (1 + power), 1 / (1 + power)] : [1 / (1 + power), power / (1 + power)];
    magnitude[i] = (y * (4 + (3 + 2 * size) * share)) / 3;
  }
}
