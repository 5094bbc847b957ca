import type { GPUProvider } from "../runtime/webgpu/device.js";

/**
 * The WebGPU of this environment's `navigator`. Each call looks for it again.
 *
 * @param missing the error message if there is none
 */
export function navigatorGPU(missing: string): GPUProvider {
  return {
    name: "navigator.gpu",
    find: async () => {
      const gpu = typeof navigator === "undefined" ? undefined : navigator.gpu;
      if (!gpu) throw new Error(missing);
      return gpu;
    },
  };
}
