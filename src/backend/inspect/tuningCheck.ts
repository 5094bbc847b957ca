import { OptionError, show } from "../../core/errors.js";
import type { Tuning } from "../../core/tuning.js";

/** Loaded where a tuning is given. @throws OptionError where it is not what autotuning gives */
export function checkTuning(operator: string, tuning: unknown): Tuning {
  if (isTuning(tuning)) return tuning;
  throw new OptionError(`${operator}: tuning is ${show(tuning)}, expected what backend.autotune() gave`);
}

function isTuning(value: unknown): value is Tuning {
  if (!isRecord(value) || value["version"] !== 1) return false;
  const { adapter, choices } = value;
  return isRecord(adapter) && isRecord(choices) && allStrings(choices) && allStrings(adapter);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function allStrings(record: Record<string, unknown>): boolean {
  return Object.values(record).every((value) => typeof value === "string");
}
