import type { Backend } from "webgpu-cnn";
import type { Device } from "./messages.js";

/** What a backend computes on. */
export function deviceOf({ kind, reason, info }: Backend): Device {
  const { description, vendor, architecture, software, threads = 0 } = info;
  return { kind, reason, name: description || `${vendor} ${architecture}`.trim(), software, threads };
}
