import type { Kernels } from "../../../core/kernels.js";
import type { Work } from "../commands/work.js";
import type { Span } from "../memory/linearMemory.js";
import { conv2d } from "./conv/conv2d.js";
import { fallbackKernels } from "./fallback.js";
import { matmul } from "./matmul/matmul.js";
import { globalMaxPool2d } from "./pool/globalMaxPool2d.js";

/** The kernels of WebAssembly, working with `work`. Operators without one run the reference on the same memory. */
export function wasmKernels(work: Work, reference: Kernels<Float32Array>): Kernels<Span> {
  const rest = fallbackKernels(work, reference);
  return {
    ...rest,
    conv2d: (attributes, inputs, outputs) =>
      attributes.geometry.groups === 1
        ? conv2d(work, attributes, inputs, outputs)
        : rest.conv2d(attributes, inputs, outputs),
    globalMaxPool2d: (attributes, inputs, outputs) => globalMaxPool2d(work, attributes, inputs, outputs),
    matmul: (attributes, inputs, outputs) => matmul(work, attributes, inputs, outputs),
  };
}
