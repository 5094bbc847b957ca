import { type Backend, createBackend, type ValidationReport } from "webgpu-cnn";
import { type BackendKind, type OpenedBackend, openBackend } from "../backend.js";

export interface Backends extends Omit<OpenedBackend, "backend"> {
  /** Compares every operator with the CPU reference. */
  readonly checked: Backend;
  /** Compares nothing, so that it can be timed. On the CPU, both are the same backend. */
  readonly plain: Backend;
}

/**
 * Opens the best backend of this machine twice; see `openBackend`.
 *
 * @param report gets the result of each comparison on `checked`
 */
export async function openBackends(kind: BackendKind, report: (report: ValidationReport) => void): Promise<Backends> {
  const { backend: checked, name, why } = await openBackend({ kind, validate: report });
  const plain = checked.kind === "cpu" ? checked : await createBackend({ kind: checked.kind });
  return { checked, plain, name, why };
}
