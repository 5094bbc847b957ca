import { ALL_DIGITS, type Arguments, UsageError } from "./arguments.js";

/** What the bits of a run hang on, beside the adapter. */
export interface Settings {
  readonly epochs: number;
  readonly limit: number;
  readonly seed: number;
}

const DEFAULTS: Settings = { epochs: 1, limit: ALL_DIGITS, seed: 1 };

/** Names within a checkpoint's metadata, told from the model's own. */
const PREFIX = "demo.";

/** For a checkpoint's metadata. */
export function settingsMetadata({ epochs, limit, seed }: Settings): Record<string, string> {
  return { [`${PREFIX}epochs`]: `${epochs}`, [`${PREFIX}limit`]: `${limit}`, [`${PREFIX}seed`]: `${seed}` };
}

/**
 * What a run is to do: as given, else as the checkpoint that it goes on from has it, else the defaults.
 *
 * @param saved the metadata of that checkpoint
 * @throws UsageError where the checkpoint is none of this program, or would not go on as it began
 */
export function settle(given: Arguments, saved?: ReadonlyMap<string, string>): Settings {
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

function readSettings(metadata: ReadonlyMap<string, string>, file: string): Settings {
  const read = (name: keyof Settings): number => {
    const text = metadata.get(`${PREFIX}${name}`);
    const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    throw new UsageError(`--resume is ${file}, which npm start did not save: its ${name} is ${text ?? "not said"}`);
  };
  return { epochs: read("epochs"), limit: read("limit"), seed: read("seed") };
}
