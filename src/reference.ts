/** What stands on the CPU reference. Loaded where that is needed, and only there: an app that finds WebGPU and does not validate does without. */

export { CalledStep } from "./calledStep.js";
export { CpuRuntime } from "./cpu/runtime.js";
export * as twins from "./cpu/twins.js";
export { Validator } from "./validation.js";
