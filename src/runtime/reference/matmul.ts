import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of `matmul`, whose shaders are those of conv2d: y = relu?(A·B + bias). */
export const matmul: ReferenceKernel<"matmul"> = (attributes, { a, b, bias }, { y }) => {
  const { m, n, k, transposeA, transposeB, relu } = attributes;
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
};
