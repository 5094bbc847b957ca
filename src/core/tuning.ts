import { OptionError, show } from "./errors.js";
import type { BackendInfo } from "./runtime.js";

/** The choices of autotuning, as plain JSON. Save it, ship it, and pass it to `createBackend({ tuning })`. */
export interface Tuning {
  /** The version of this form. */
  readonly version: 1;
  /**
   * The adapter that the tuning is for. On every other adapter it is ignored. It is also ignored if the adapter does
   * not tell its name, as in Firefox, because all such adapters look the same.
   */
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
  // The vendor alone does not identify an adapter.
  const isNamed = architecture !== "" || description !== "";
  return isOfAdapter && isNamed ? tuning.choices : {};
}

/** @throws OptionError if it is not a `Tuning` */
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

function allStrings(object: Record<string, unknown>): boolean {
  return Object.values(object).every((value) => typeof value === "string");
}
