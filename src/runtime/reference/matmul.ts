/** A product of an m × k matrix by a k × n one, either of them stored transposed. */
export interface MatmulGeometry {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether a is stored [k, m]. */
  readonly transposeA: boolean;
  /** Whether b is stored [n, k]. */
  readonly transposeB: boolean;
}

/** The twin of what `matmul` borrows from convolutions: y = relu?(A·B + bias). */
export function matmul(
  { m, n, k, transposeA, transposeB }: MatmulGeometry,
  relu: boolean,
  a: Float32Array,
  b: Float32Array,
  bias: Float32Array | undefined,
  y: Float32Array,
): void {
  const [rowOfA, columnOfA] = transposeA ? [1, m] : [k, 1];
  const [rowOfB, columnOfB] = transposeB ? [1, k] : [n, 1];
  const sums = new Float64Array(n);
  for (let row = 0; row < m; row++) {
    if (bias) sums.set(bias);
    else sums.fill(0);
    for (let i = 0; i < k; i++) {
      const value = a[row * rowOfA + i * columnOfA]!;
      for (let column = 0; column < n; column++) sums[column]! += value * b[i * rowOfB + column * columnOfB]!;
    }
    for (let column = 0; column < n; column++) y[row * n + column] = relu && sums[column]! < 0 ? 0 : sums[column]!;
  }
}
