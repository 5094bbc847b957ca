import { type Backend, BackendUnavailableError, createBackend, type ValidationReport } from "webgpu-cnn";
import type { Arguments } from "./arguments.js";

export interface Backends {
  /** Compares every operator with the CPU reference. */
  readonly checked: Backend;
  /** Does not, so that it can be timed. On the CPU they are one and the same. */
  readonly plain: Backend;
  /** What the work runs on. */
  readonly name: string;
  /** What kind of thing that is, and why it is used. */
  readonly why: string;
}

/**
 * Finds the best that this machine has: a GPU, else a software adapter, else the CPU reference.
 *
 * @param report called with the outcome of every comparison on `checked`
 * @throws BackendUnavailableError, saying what was tried, where `kind` is "webgpu" and there is no adapter
 */
export async function openBackends(
  kind: Arguments["backend"],
  report: (report: ValidationReport) => void,
): Promise<Backends> {
  if (kind === "cpu") return onCpu("It was asked for with --backend cpu.");
  const missing = await makeAdapterKnown();
  if (missing !== undefined) {
    if (kind === "webgpu") throw new BackendUnavailableError(missing);
    return onCpu(missing);
  }
  const checked = await createBackend({ kind, validate: report });
  if (checked.kind === "cpu") return onCpu(checked.reason ?? "WebGPU gave no device.");
  const plain = await createBackend({ kind: "webgpu" });
  const { description, vendor, architecture, software } = plain.info;
  return {
    checked,
    plain,
    name: description || `${vendor} ${architecture}`,
    why: software
      ? "a software adapter, since no GPU was found: the processor runs the WGSL kernels"
      : "a GPU, the best adapter that was found",
  };
}

async function onCpu(reason: string): Promise<Backends> {
  const cpu = await createBackend({ kind: "cpu" });
  return { checked: cpu, plain: cpu, name: "CPU reference", why: `TypeScript on one thread. ${reason}` };
}

/** @returns why there is no adapter, if there is none */
async function makeAdapterKnown(): Promise<string | undefined> {
  try {
    // Loaded only here: it needs Dawn, which is not to be had for every platform.
    const { ensureAdapter } = await import("../../tools/softwareAdapter.mjs");
    await ensureAdapter();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
