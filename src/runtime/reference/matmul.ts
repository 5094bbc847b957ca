import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of `matmul`, whose shaders are those of conv2d and shaders/matmul: y = relu?(A·B + bias), for each product of the batch. */
export const matmul: ReferenceKernel<"matmul"> = (attributes, { a, b, bias }, { y }) => {
  const { m, n, k, transposeA, transposeB, relu, batchShape, aBatch, bBatch } = attributes;
  const [rowOfA, columnOfA] = transposeA ? [1, m] : [k, 1];
  const [rowOfB, columnOfB] = transposeB ? [1, k] : [n, 1];
  const sums = new Float64Array(n);
  forEachBroadcast(batchShape, aBatch, bBatch, (product, matrixOfA, matrixOfB) => {
    for (let row = 0; row < m; row++) {
      if (bias) sums.set(bias);
      else sums.fill(0);
      for (let i = 0; i < k; i++) {
        const value = a[matrixOfA * m * k + row * rowOfA + i * columnOfA]!;
        const rowOfMatrix = matrixOfB * k * n + i * rowOfB;
        for (let column = 0; column < n; column++) sums[column]! += value * b[rowOfMatrix + column * columnOfB]!;
      }
      const rowOfY = (product * m + row) * n;
      for (let column = 0; column < n; column++) y[rowOfY + column] = relu && sums[column]! < 0 ? 0 : sums[column]!;
    }
  });
};
