import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/arrange/oneHot: 1 at the class, 0 elsewhere. */
export const oneHot: ReferenceKernel<"oneHot"> = ({ depth }, { indices }, { y }) => {
  for (let i = 0; i < y.length; i++) y[i] = indices[Math.floor(i / depth)] === i % depth ? 1 : 0;
};
