import { type Backend, BackendUnavailableError, createBackend, type ValidationReport } from "webgpu-cnn";

export const BACKEND_KINDS = ["auto", "webgpu", "cpu"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];

export interface OpenedBackend {
  readonly backend: Backend;
  /** The name of the device. */
  readonly name: string;
  /** Its kind, and why it is used. */
  readonly why: string;
}

/**
 * Finds the best backend of this machine: a GPU, else a software adapter, else the CPU reference.
 *
 * @param validate gets the result of each comparison with the CPU reference; without it, nothing is compared
 * @throws BackendUnavailableError if `kind` is "webgpu" and there is no adapter; it says what was tried
 */
export async function openBackend(
  kind: BackendKind,
  validate: ((report: ValidationReport) => void) | false = false,
): Promise<OpenedBackend> {
  if (kind === "cpu") return openCpu("It was asked for with --backend cpu.");
  const missing = await makeAdapterKnown();
  if (missing !== undefined) {
    if (kind === "webgpu") throw new BackendUnavailableError(missing);
    return openCpu(missing);
  }
  const backend = await createBackend({ kind, validate });
  if (backend.kind === "cpu") return openCpu(backend.reason ?? "WebGPU gave no device.");
  const { description, vendor, architecture, software } = backend.info;
  return {
    backend,
    name: description || `${vendor} ${architecture}`,
    why: software
      ? "a software adapter, since no GPU was found: the processor runs the WGSL kernels"
      : "a GPU, the best adapter that was found",
  };
}

async function openCpu(reason: string): Promise<OpenedBackend> {
  const backend = await createBackend({ kind: "cpu" });
  return { backend, name: "CPU reference", why: `TypeScript on one thread. ${reason}` };
}

/** @returns why there is no adapter, if there is none */
async function makeAdapterKnown(): Promise<string | undefined> {
  try {
    // Loaded here only: it needs Dawn, which does not exist for every platform.
    const { ensureAdapter } = await import("../tools/softwareAdapter.mjs");
    await ensureAdapter();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
