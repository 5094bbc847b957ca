import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/kit/sumSlices, where the slices are pixels: db[k] = Σ dy[…, k]. */
export const conv2dBackwardBias: ReferenceKernel<"conv2dBackwardBias"> = (_, { dy }, { db }) => {
  const sums = new Float64Array(db.length);
  for (let pixel = 0; pixel < dy.length; pixel += db.length) {
    for (let k = 0; k < db.length; k++) sums[k]! += dy[pixel + k]!;
  }
  db.set(sums);
};
