import { BackendUnavailableError } from "../../core/errors.js";
import type { BackendInfo } from "../../core/runtime.js";

/** Finds WebGPU in this environment: `navigator.gpu` in a browser, Dawn in Node. */
export interface GPUProvider {
  /** For error messages. */
  readonly name: string;
  /** @throws an Error saying why there is none */
  find(): Promise<GPU>;
}

const WANTED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "subgroups"];

/**
 * Opens the best adapter's device, with all of the adapter's limits.
 *
 * @throws BackendUnavailableError that says what was tried
 */
export async function openDevice(
  provider: GPUProvider,
): Promise<{ device: GPUDevice; adapterInfo: GPUAdapterInfo | undefined }> {
  let adapter: GPUAdapter | null;
  try {
    const gpu = await provider.find();
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (cause) {
    throw new BackendUnavailableError(`createBackend: no WebGPU here: ${messageOf(cause)} (tried ${provider.name})`, {
      cause,
    });
  }
  if (!adapter) {
    throw new BackendUnavailableError(
      `createBackend: ${provider.name} has no adapter: neither a GPU nor a software device was found`,
    );
  }
  try {
    const device = await adapter.requestDevice({
      label: "webgpu-cnn",
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: limitsOf(adapter),
    });
    return { device, adapterInfo: adapter.info };
  } catch (cause) {
    throw new BackendUnavailableError(
      `createBackend: the adapter ${describeAdapter(adapter)} of ${provider.name} gave no device: ${messageOf(cause)}`,
      { cause },
    );
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
