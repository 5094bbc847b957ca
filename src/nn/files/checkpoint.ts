import type { Variable } from "../../core/backend.js";
import { FileFormatError, OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import type { BestWeights, WeightValues } from "../training/bestWeights.js";
import { newProgress, type Progress } from "../training/progress.js";
import type { Queue } from "../training/queue.js";
import type { Trainer } from "../training/trainer.js";
import { describe, essence } from "./describe.js";
import {
  BEST,
  type FileTensor,
  FORMAT,
  jsonOf,
  LAST,
  type ModelFile,
  OLD_FORMAT,
  optimizerIn,
  type ReadFile,
  readFile,
  STEP,
  valuesFor,
} from "./format.js";
import { modelMetadata, readAll } from "./modelFile.js";
import { progressOf, progressText } from "./progressText.js";

/** What a checkpoint holds and changes. */
export interface Training {
  readonly model: Parameters<typeof describe>[0];
  readonly inputShapes: Parameters<typeof describe>[1];
  readonly seed: number;
  readonly weights: ReadonlyMap<string, Variable>;
  readonly trainer: Trainer;
  readonly progress: Progress;
  readonly bestWeights: BestWeights;
}

/**
 * All that training goes on with, as of this call, even if training goes on while the values are read.
 *
 * @param queue the steps whose results are not read yet, during a fit
 */
export async function checkpointOf(training: Training, queue: Queue | undefined): Promise<ModelFile> {
  const { model, inputShapes, seed, weights, trainer, bestWeights } = training;
  const progress = structuredClone(training.progress);
  const sums = progress.open && queue?.sumsOfNow();
  const metadata = { ...modelMetadata(model, inputShapes, seed), step: String(progress.steps) };
  const kept = (prefix: string, values: WeightValues) =>
    [...values].map(([name, data]) => {
      const { shape } = existing(weights.get(name));
      return [`${prefix}${name}`, { shape, data: data.slice() }] as const;
    });
  const epochs = [...kept(BEST, bestWeights.best), ...kept(LAST, bestWeights.last)];
  const { optimizer } = trainer.compiled;
  const state = new Map([...weights, ...(optimizer?.state ?? []), [STEP, trainer.step] as const]);
  const config = JSON.stringify(optimizer?.config ?? {});
  const [values, open] = await Promise.all([readAll(state), sums]);
  return {
    tensors: new Map([...values, ...epochs]),
    metadata: { ...metadata, progress: progressText(progress, open ?? progress.open?.sums), optimizer: config },
  };
}

/**
 * Takes over a checkpoint: all of it, or nothing.
 *
 * @returns how far the training is
 */
export function restoreCheckpoint(training: Omit<Training, "progress">, given: unknown): Progress {
  const { model, inputShapes, weights, trainer, bestWeights } = training;
  const file = readFile("restore", given);
  const format = file.metadata.get("format");
  if (format !== FORMAT && format !== OLD_FORMAT) {
    throw new OptionError(
      `restore: the file's format is ${show(format)}, expected ${show(FORMAT)} as model.checkpoint() gives; loadWeights takes weights from other files`,
    );
  }
  if (!file.tensors.has(STEP)) {
    throw new OptionError("restore: the file has weights but no state of training; use loadWeights, or a checkpoint");
  }
  if (format === FORMAT) {
    const [theirs, own] = [jsonOf("restore", file, "architecture"), describe(model, inputShapes)];
    if (essence(theirs) !== essence(own)) {
      throw new OptionError("restore: the checkpoint is of another architecture; build the model as it was then");
    }
  }
  const progress = format === FORMAT ? progressOf(file) : oldProgress(file);
  const { optimizer } = trainer.compiled;
  const [made, own] = [optimizerIn(file.metadata), optimizer?.config["name"]];
  if (made !== undefined && made.toLowerCase() !== String(own).toLowerCase()) {
    throw new OptionError(
      `restore: the checkpoint was made with ${made}, and this model is compiled ${own === undefined ? "without an optimizer" : `with ${own}`}; compile it with ${made}, or take the weights alone by loadWeights`,
    );
  }
  const kept = new Map(file.tensors);
  const best = takeEpoch(kept, BEST, weights);
  const last = takeEpoch(kept, LAST, weights);
  // Weights that are frozen now may have a state from before.
  const stateNames = [...kept.keys()].filter((name) => !weights.has(name));
  const withState = new Set(stateNames.map((name) => longestEnd(name, [...weights.keys()])));
  const started = optimizer?.startWeights([...withState].filter((name) => name !== undefined)) ?? [];
  try {
    const state = new Map([...weights, ...(optimizer?.state ?? []), [STEP, trainer.step] as const]);
    const missing = [...state.keys()].filter((name) => !kept.has(name));
    const unknown = [...kept.keys()].filter((name) => !state.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      const listed = (names: readonly string[]) => names.slice(0, 4).join(", ") || "nothing";
      throw new OptionError(
        `restore: the checkpoint is another model's or another optimizer's: it lacks ${listed(missing)}, and has ${listed(unknown)} too many`,
      );
    }
    const values = [...state].map(([name, variable]) => {
      return [variable, valuesFor("restore", name, existing(kept.get(name)), variable.shape)] as const;
    });
    for (const [variable, data] of values) variable.write(data);
  } catch (error) {
    optimizer?.endWeights(started);
    throw error;
  }
  bestWeights.best = best;
  bestWeights.last = last;
  return progress;
}

/**
 * Takes the weights of an epoch out of a checkpoint's tensors.
 *
 * @throws OptionError if only some are there; ShapeError
 */
function takeEpoch(
  tensors: Map<string, FileTensor>,
  prefix: string,
  weights: ReadonlyMap<string, Variable>,
): WeightValues {
  const values = new Map<string, Float32Array>();
  for (const [name, variable] of weights) {
    const tensor = tensors.get(`${prefix}${name}`);
    tensors.delete(`${prefix}${name}`);
    if (tensor) values.set(name, valuesFor("restore", `${prefix}${name}`, tensor, variable.shape));
  }
  if (values.size > 0 && values.size < weights.size) {
    const lacking = [...weights.keys()].find((name) => !values.has(name));
    throw new OptionError(`restore: the checkpoint lacks ${prefix}${lacking}, but has others of that epoch`);
  }
  return values;
}

/** The weight that a state such as "adam.m.dense.kernel" belongs to: not "kernel" if there is "dense.kernel". */
function longestEnd(state: string, weights: readonly string[]): string | undefined {
  return weights
    .filter((name) => state.endsWith(`.${name}`))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

/** In files of version 0.1 the steps are counted from the beginning of the last fit. They tell no epochs. */
function oldProgress({ metadata }: ReadFile): Progress {
  const steps = Number(metadata.get("step"));
  if (Number.isSafeInteger(steps) && steps >= 0) return { ...newProgress(), steps };
  throw new FileFormatError(
    `restore: the metadata "step" is ${show(metadata.get("step"))}, expected a number of steps`,
  );
}
