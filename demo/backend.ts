import { type Backend, BackendUnavailableError, createBackend, type ValidationReport } from "webgpu-cnn";

export const BACKEND_KINDS = ["auto", "webgpu", "cpu"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];

export interface OpenedBackend {
  readonly backend: Backend;
  /** What the work runs on. */
  readonly name: string;
  /** What kind of thing that is, and why it is used. */
  readonly why: string;
}

/**
 * Finds the best that this machine has: a GPU, else a software adapter, else the CPU reference.
 *
 * @param validate called with the outcome of every comparison with the CPU reference; without it nothing is compared
 * @throws BackendUnavailableError, saying what was tried, where `kind` is "webgpu" and there is no adapter
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
    // Loaded only here: it needs Dawn, which is not to be had for every platform.
    const { ensureAdapter } = await import("../tools/softwareAdapter.mjs");
    await ensureAdapter();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
