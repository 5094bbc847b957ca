import type { Metadata } from "webgpu-cnn/io";
import { UsageError } from "../commandLine.js";
import { ALL_DIGITS, type Arguments } from "./arguments.js";

/** The settings that decide the bits of a run, besides the adapter. */
export interface Settings {
  readonly epochs: number;
  readonly limit: number;
  readonly seed: number;
}

const DEFAULTS: Settings = { epochs: 1, limit: ALL_DIGITS, seed: 1 };

/** Names in a checkpoint's metadata, distinct from those of the model. */
const PREFIX = "demo.";

/** The settings as metadata of a checkpoint. */
export function settingsMetadata({ epochs, limit, seed }: Settings): Metadata {
  return { [`${PREFIX}epochs`]: `${epochs}`, [`${PREFIX}limit`]: `${limit}`, [`${PREFIX}seed`]: `${seed}` };
}

/**
 * The settings of a run: the given ones, else those of the checkpoint that it resumes, else the defaults.
 *
 * @param saved the metadata of the checkpoint
 * @throws UsageError if another program wrote the checkpoint, or if the settings differ from it
 */
export function settle(given: Arguments, saved?: Metadata): Settings {
  if (!saved) return { ...DEFAULTS, ...chosen(given) };
  const before = readSettings(saved, given.resume ?? "the checkpoint");
  for (const name of ["limit", "seed"] as const) {
    const value = given[name];
    if (value === undefined || value === before[name]) continue;
    throw new UsageError(
      `--${name} is ${value}, but ${given.resume} was trained with ${before[name]}; leave it out, or start without --resume`,
    );
  }
  if (given.epochs !== undefined && given.epochs < before.epochs) {
    throw new UsageError(
      `--epochs is ${given.epochs}, but ${given.resume} was to have ${before.epochs}; expected as many or more`,
    );
  }
  return { ...before, ...chosen(given) };
}

function chosen({ epochs, limit, seed }: Arguments): Partial<Settings> {
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(limit === undefined ? {} : { limit }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function readSettings(metadata: Metadata, file: string): Settings {
  const read = (name: keyof Settings): number => {
    const text = metadata[`${PREFIX}${name}`];
    const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    throw new UsageError(`--resume is ${file}, which npm start did not save: its ${name} is ${text ?? "not said"}`);
  };
  return { epochs: read("epochs"), limit: read("limit"), seed: read("seed") };
}
