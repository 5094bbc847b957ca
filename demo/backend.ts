import { type Backend, BackendUnavailableError, createBackend, type ValidationReport } from "webgpu-cnn";

export const BACKEND_KINDS = ["auto", "webgpu", "wasm", "cpu"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];

export interface OpenedBackend {
  readonly backend: Backend;
  /** The name of the device. */
  readonly name: string;
  /** Its kind, and why it is used. */
  readonly why: string;
}

export interface Wanted {
  readonly kind: BackendKind;
  /** The threads of WebAssembly. As many as there are cores, up to 8, if undefined. */
  readonly threads?: number | undefined;
  /** Gets the result of each comparison with the CPU reference. Without it, nothing is compared. */
  readonly validate?: (report: ValidationReport) => void;
}

/**
 * Opens a backend of this machine. "auto" finds the best: a GPU, else WebAssembly, else the CPU reference. "webgpu"
 * takes a software adapter too.
 *
 * @throws BackendUnavailableError if there is none of the kind that is asked for; it says what was tried
 */
export async function openBackend({ kind, threads, validate = noReport }: Wanted): Promise<OpenedBackend> {
  const missing = kind === "webgpu" ? await makeAdapterKnown() : undefined;
  if (missing !== undefined) throw new BackendUnavailableError(missing);
  const backend = await createBackend({ kind, threads, validate: validate === noReport ? false : validate });
  return { backend, ...described(backend, kind) };
}

function noReport(): void {}

function described({ kind, info, reason }: Backend, asked: BackendKind): Omit<OpenedBackend, "backend"> {
  const { description, vendor, architecture, software, threads } = info;
  const because = reason ?? `It was asked for with --backend ${asked}.`;
  switch (kind) {
    case "webgpu":
      return {
        name: description || `${vendor} ${architecture}`,
        why: software
          ? "a software adapter: the processor runs the WGSL kernels"
          : "a GPU, the best adapter that was found",
      };
    case "wasm":
      return {
        name: "WebAssembly",
        why: `SIMD on ${threads === 1 ? "one thread" : `${threads} threads`} of the processor. ${because}`,
      };
    case "cpu":
      return { name: "CPU reference", why: `TypeScript on one thread. ${because}` };
  }
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
