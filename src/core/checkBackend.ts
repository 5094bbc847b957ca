import type { Backend } from "./backend.js";
import { OptionError, show } from "./errors.js";

/** @throws OptionError if `value` is not a backend */
export function checkBackend(operator: string, argument: string, value: unknown): asserts value is Backend {
  if (typeof value === "object" && value !== null && "scopes" in value && "readStorage" in value) return;
  throw new OptionError(
    `${operator}: ${argument} must be a backend, got ${show(value)}; open one with await createBackend()`,
  );
}
