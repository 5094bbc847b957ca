import { OptionError, show } from "./errors.js";
import type { BackendInfo } from "./runtime.js";

/** What autotuning found: plain JSON, to be saved, shipped and handed to `createBackend({ tuning })`. */
export interface Tuning {
  readonly version: 1;
  /** It holds for this adapter; on any other it is ignored. */
  readonly adapter: { readonly vendor: string; readonly architecture: string; readonly description: string };
  /** The kernel family by operator and geometry. */
  readonly choices: Readonly<Record<string, string>>;
}

export function tuningOf({ vendor, architecture, description }: BackendInfo, choices: Tuning["choices"]): Tuning {
  return { version: 1, adapter: { vendor, architecture, description }, choices };
}

/** The choices of a saved tuning that hold for this adapter. */
export function choicesFor(info: BackendInfo, tuning: Tuning | undefined): Tuning["choices"] {
  if (!tuning) return {};
  const { vendor, architecture, description } = tuning.adapter;
  const isOfAdapter = vendor === info.vendor && architecture === info.architecture && description === info.description;
  return isOfAdapter ? tuning.choices : {};
}

/** @throws OptionError where it is not what autotuning gives */
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
