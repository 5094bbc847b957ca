import type { Kernels } from "../../../core/kernels.js";
import { mapValues } from "../../../core/objects.js";
import type { Named } from "../../../core/operation.js";
import type { Work } from "../commands/work.js";
import type { Span } from "../memory/linearMemory.js";

/** The reference's kernels on WebAssembly's memory. A kernel is one job. */
export function fallbackKernels(work: Work, reference: Kernels<Float32Array>): Kernels<Span>;
export function fallbackKernels(work: Work, reference: object): object {
  const names = Object.keys(reference);
  return Object.fromEntries(names.map((name) => [name, onHost(work, Reflect.get(reference, name))]));
}

function onHost(work: Work, kernel: unknown) {
  if (typeof kernel !== "function") throw new Error("a table of kernels has functions only");
  return (attributes: unknown, inputs: Named<Span | undefined>, outputs: Named<Span | undefined>) =>
    work.runOnHost((view) => {
      Reflect.apply(kernel, undefined, [attributes, mapValues(inputs, view), mapValues(outputs, view)]);
    });
}
