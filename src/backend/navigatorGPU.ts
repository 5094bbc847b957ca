import type { GPUProvider } from "../runtime/webgpu/device.js";

/**
 * The WebGPU of this environment's own `navigator`, which is looked for at each call.
 *
 * @param missing why there may be none, for the error message
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
