/** The twin of shaders/elementwise/tanh. */
export function tanh(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < y.length; i++) y[i] = Math.tanh(x[i]!);
}

/**
 * What takes the place of Σ|terms|, with K = 1. Near 0 the polynomial is off by less than two units in the last place. Further out WGSL grants
 * exp(−2 |x|) an error of 3 + 4 |x| units, of which y takes the share 1 / sinh(2 |x|), and a division 2.5; sum and difference round by half a unit
 * each, and half a one is left for what is of second order. A unit is at most 2⁻²³ of the value, and K = 1 allows 6 · 2⁻²⁴, so three units for
 * each |term|.
 */
export function tanhMagnitude(x: Float32Array, magnitude: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]!);
    const ofPower = size < 0.625 || size > 128 ? 0 : (3 + 4 * size) / Math.sinh(2 * size);
    magnitude[i] = (Math.tanh(size) * (4 + ofPower)) / 3;
  }
}
