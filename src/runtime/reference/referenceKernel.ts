import type { Kernels } from "../../core/kernels.js";

/** A kernel of the reference, by its name in the table. */
export type ReferenceKernel<Name extends keyof Kernels<Float32Array>> = Kernels<Float32Array>[Name];
