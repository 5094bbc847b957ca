import type { WinogradGeometry } from "../../core/attributes.js";

/**
 * Takes the place of Σ|terms| in the error bound of Winograd's F(2×2, 3×3). For each output it is the sum over the
 * channels of two factors: the sum of the absolute values of its 4×4 tile of the input, and the sum of the absolute
 * values of the filter. Every intermediate value of the transformations is a sum of these values with factors of at
 * most 1, and an output adds up at most 9 products.
 */
export function winogradMagnitude(
  g: WinogradGeometry,
  { x, w, bias }: { readonly x: Float32Array; readonly w: Float32Array; readonly bias?: Float32Array | undefined },
  y: Float32Array,
): void {
  const filters = new Float64Array(g.c * g.k);
  for (let tap = 0; tap < 9; tap++) {
    for (let c = 0; c < g.c; c++) {
      for (let k = 0; k < g.k; k++) {
        const at = g.backward ? k * g.c + c : c * g.k + k;
        filters[c * g.k + k]! += Math.abs(w[tap * g.c * g.k + at]!);
      }
    }
  }
  const tile = new Float64Array(g.c);
  const sums = new Float64Array(g.k);
  let next = 0;
  for (let n = 0; n < g.n; n++) {
    for (let p = 0; p < g.p; p++) {
      for (let q = 0; q < g.q; q++) {
        tile.fill(0);
        for (let i = 0; i < 4; i++) {
          const h = p - (p % 2) + g.top + i;
          for (let j = 0; j < 4; j++) {
            const column = q - (q % 2) + g.left + j;
            if (h < 0 || h >= g.h || column < 0 || column >= g.w) continue;
            const pixel = ((n * g.h + h) * g.w + column) * g.c;
            for (let c = 0; c < g.c; c++) tile[c]! += Math.abs(x[pixel + c]!);
          }
        }
        for (let k = 0; k < g.k; k++) sums[k] = bias ? Math.abs(bias[k]!) : 0;
        for (let c = 0; c < g.c; c++) for (let k = 0; k < g.k; k++) sums[k]! += tile[c]! * filters[c * g.k + k]!;
        for (let k = 0; k < g.k; k++) y[next++] = sums[k]!;
      }
    }
  }
}
