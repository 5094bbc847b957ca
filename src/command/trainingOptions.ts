import type { OptionReader } from "../core/options.js";
import type { AugmentOptions } from "../nn/data/augment.js";

/** What a job file says about the training, beside the model and the data. What is undefined has the library's default. */
export interface TrainingOptions {
  readonly replicas: number | undefined;
  readonly localSteps: number | undefined;
  readonly epochs: number | undefined;
  readonly batchSize: number | undefined;
  readonly seed: number | undefined;
  readonly shuffle: boolean | undefined;
  readonly dropLast: boolean | undefined;
  readonly augment: AugmentOptions | undefined;
  readonly classWeight: Readonly<Record<string, number>> | undefined;
  readonly precision: "float32" | "float16" | undefined;
  readonly keep: number | undefined;
  readonly verify: number | undefined;
  readonly mixed: boolean | undefined;
  readonly lease: number | undefined;
  readonly storage: "file" | "memory" | undefined;
}

export const OPTION_NAMES: readonly string[] = [
  ...["replicas", "localSteps", "epochs", "batchSize", "seed", "shuffle", "dropLast", "augment", "classWeight"],
  ...["precision", "keep", "verify", "mixed", "lease", "storage"],
];

/** Checks the options of a job file. @throws OptionError */
export function readTraining(options: OptionReader): TrainingOptions {
  /** Undefined if it was left out. */
  const optional = <Value>(name: keyof TrainingOptions, read: (name: string) => Value): Value | undefined =>
    options.given(name) === undefined ? undefined : read(name);
  const integer = (least: number) => (name: string) => options.integer(name, least);
  const isTrue = (name: string) => options.boolean(name, false);
  return {
    replicas: optional("replicas", integer(1)),
    localSteps: optional("localSteps", integer(1)),
    epochs: optional("epochs", integer(1)),
    batchSize: optional("batchSize", integer(1)),
    seed: optional("seed", integer(0)),
    shuffle: optional("shuffle", isTrue),
    dropLast: optional("dropLast", isTrue),
    augment: optional("augment", (name) => {
      const augment = options.given(name);
      return isAugment(augment) ? augment : options.refuse(name, augment, 'an object such as { "flip": true }');
    }),
    classWeight: optional("classWeight", (name) => {
      const weights = options.given(name);
      return isWeights(weights)
        ? weights
        : options.refuse(name, weights, 'factors ≥ 0 by the numbers of classes, such as { "3": 2 }');
    }),
    precision: optional("precision", (name) => options.word(name, ["float32", "float16"])),
    keep: optional("keep", integer(1)),
    verify: optional("verify", (name) => {
      const share = options.given(name);
      const isShare = typeof share === "number" && share >= 0 && share <= 1;
      return isShare ? share : options.refuse(name, share, "a number from 0 to 1");
    }),
    mixed: optional("mixed", isTrue),
    lease: optional("lease", (name) => options.numberFrom(name, 0.1, 86_400)),
    storage: optional("storage", (name) => options.word(name, ["file", "memory"])),
  };
}

/** The training itself checks what is in it. */
function isAugment(value: unknown): value is AugmentOptions {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWeights(value: unknown): value is Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, factor]) => /^\d+$/.test(name) && typeof factor === "number" && factor >= 0,
  );
}
