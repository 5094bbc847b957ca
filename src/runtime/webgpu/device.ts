import { BackendUnavailableError } from "../../core/errors.js";
import type { BackendInfo } from "../../core/runtime.js";

/** A source of WebGPU: `navigator.gpu`, or Dawn in Node. */
export interface GPUProvider {
  /** For error messages. */
  readonly name: string;
  /** @throws an Error saying why there is none */
  find(): Promise<GPU>;
}

interface OpenedDevice {
  readonly device: GPUDevice;
  readonly adapterInfo: GPUAdapterInfo | undefined;
}

const WANTED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "subgroups"];

/**
 * Opens the device of the first provider that has one, with all of the adapter's limits.
 *
 * @param wanted whether a software adapter will do
 * @throws BackendUnavailableError if no provider has a device. The message gives the reason of each provider
 */
export async function openDevice(providers: readonly GPUProvider[], wanted: "hardware" | "any"): Promise<OpenedDevice> {
  const reasons: string[] = [];
  const causes: unknown[] = [];
  for (const provider of providers) {
    try {
      return await openFrom(provider, wanted);
    } catch (cause) {
      reasons.push(`${provider.name}: ${messageOf(cause)}`);
      causes.push(cause);
    }
  }
  const what = wanted === "any" ? "WebGPU" : "WebGPU on a GPU";
  throw new BackendUnavailableError(`createBackend: no ${what} here; tried ${reasons.join("; ")}`, {
    cause: causes.length > 1 ? new AggregateError(causes) : causes[0],
  });
}

/** @throws an Error saying why there is no device */
async function openFrom(provider: GPUProvider, wanted: "hardware" | "any"): Promise<OpenedDevice> {
  const gpu = await provider.find();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("no adapter, neither a GPU nor a software adapter");
  if (wanted === "hardware" && backendInfo(adapter.info).software) {
    throw new Error(`only the software adapter ${describeAdapter(adapter)}, which is slower than WebAssembly`);
  }
  try {
    const device = await adapter.requestDevice({
      label: "webgpu-cnn",
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: limitsOf(adapter),
    });
    return { device, adapterInfo: adapter.info };
  } catch (cause) {
    throw new Error(`the adapter ${describeAdapter(adapter)} gave no device: ${messageOf(cause)}`, { cause });
  }
}

/** Describes a device. It recognises software adapters by their names too. */
export function backendInfo(info: Partial<GPUAdapterInfo> | undefined): BackendInfo {
  const { vendor = "", architecture = "", description = "", isFallbackAdapter = false } = info ?? {};
  const knownSoftware = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;
  return {
    vendor,
    architecture,
    description,
    software: isFallbackAdapter || knownSoftware.test(`${architecture} ${description}`),
  };
}

function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  // The limits are getters of the prototype. Object.entries does not see them.
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name);
    if (typeof value === "number") limits[name] = value;
  }
  return limits;
}

function describeAdapter(adapter: GPUAdapter): string {
  const { vendor, architecture, description } = backendInfo(adapter.info);
  return `"${description || `${vendor} ${architecture}`}"`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
