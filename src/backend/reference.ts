/** What stands on the CPU reference. Loaded where that is needed, and only there: an app that finds WebGPU and does not validate does without. */

export * as twins from "../runtime/reference/kernels.js";
export { CpuRuntime } from "../runtime/reference/runtime.js";
export { CalledStep } from "./calledStep.js";
export { Validator } from "./inspect/validation.js";
