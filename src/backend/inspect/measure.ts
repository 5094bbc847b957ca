import type { CpuRuntime } from "../../runtime/reference/runtime.js";
import { Profiler } from "../../runtime/webgpu/commands/profiler.js";
import type { GpuRuntime } from "../../runtime/webgpu/runtime.js";
import { type Profile, profileOf } from "./profile.js";
import type { ProfiledKernel } from "../../core/inspection.js";

/** See `Backend.profile`, which loads this when it is called: an app that measures nothing bundles it apart. */
export async function profile(runtime: CpuRuntime | GpuRuntime, work: () => void): Promise<Profile> {
  const start = performance.now();
  if (runtime.kind === "webgpu") {
    const runs = await runtime.profile((device) => new Profiler(device), work);
    return profileOf(runs, performance.now() - start);
  }
  const runs: Omit<ProfiledKernel, "dispatches">[] = [];
  runtime.profiler = (operator, milliseconds) =>
    runs.push({ operator, kernel: "cpu", milliseconds, operations: 0, bytes: 0 });
  try {
    work();
  } finally {
    runtime.profiler = undefined;
  }
  return profileOf(runs, performance.now() - start);
}
