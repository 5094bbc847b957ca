import { OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { OptionReader } from "../../core/options.js";
import type { Compiled } from "../compile.js";
import { type AugmentFunction, type AugmentOptions, readAugmentation } from "../data/augment.js";
import { checkForm, type Dataset, type Examples, examplesBetween, readDataset } from "../data/dataset.js";
import {
  type BatchSource,
  batchesOf,
  type DatasetStream,
  isStream,
  plainBatches,
  plainOrder,
  streamedBatches,
} from "../data/source.js";
import { metricNames } from "./judge.js";
import { checkedLabels, withClassWeights } from "./labels.js";
import {
  type EarlyStopping,
  type EarlyStoppingOptions,
  type Monitored,
  type ReduceOnPlateau,
  type ReduceOnPlateauOptions,
  readEarlyStopping,
  readReduceOnPlateau,
} from "./monitors.js";
import type { Order, Progress } from "./progress.js";
import type { Trainer } from "./trainer.js";

/**
 * The options of `model.fit`.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 * const train = { images: [[0], [1], [2], [3]], labels: [1, 3, 5, 7] };
 * const options: FitOptions = { epochs: 3, batchSize: 2, validationSplit: 0.5 };
 * const history = await model.fit(train, options);
 * history.length; // 3
 * model.stepsDone; // 3
 * ```
 */
export interface FitOptions {
  /**
   * The number of further passes over the dataset. To finish an open epoch counts as the first. 0 trains nothing. 1
   * if left out.
   */
  readonly epochs?: number | undefined;
  /**
   * The number of examples of a step. A stream decides by itself: then this is the number for `validationData`, if
   * that is no stream. 32 if left out, as in Keras.
   */
  readonly batchSize?: number | undefined;
  /** The seed of the order of the examples, and of augmentation: an integer ≥ 0. That of the model if left out. */
  readonly seed?: number | undefined;
  /** Whether each epoch has another order of the examples. True if left out. */
  readonly shuffle?: boolean | undefined;
  /**
   * Whether a last batch that is smaller than the others is left out. Each size of batches has a recorded step of its
   * own. False if left out.
   */
  readonly dropLast?: boolean | undefined;
  /** Examples that are evaluated after each epoch, in memory or as a stream. None if left out. */
  readonly validationData?: Dataset | DatasetStream | undefined;
  /**
   * The share of the examples, in (0, 1), that is not trained but evaluated after each epoch: the last ones. None if
   * left out.
   */
  readonly validationSplit?: number | undefined;
  /**
   * The factor of the loss of an example, by the number of its class. 1 for classes that are left out. As in Keras,
   * the sum of the losses is divided by the number of examples, not by the sum of the factors.
   */
  readonly classWeight?: Readonly<Record<number, number>> | ReadonlyMap<number, number> | readonly number[] | undefined;
  /** Stops the training if a result does not get better. It never stops early if left out. */
  readonly earlyStopping?: EarlyStoppingOptions | undefined;
  /** Reduces the learning rate if a result does not get better. It never does if left out. */
  readonly reduceOnPlateau?: ReduceOnPlateauOptions | undefined;
  /** Random changes of the images, or a function that changes an image. None if left out. */
  readonly augment?: AugmentOptions | AugmentFunction | undefined;
  /**
   * The number of steps of an epoch from one report to the next. A report also comes after the last step. Between
   * reports, the device is kept busy. 1 if left out.
   */
  readonly reportEvery?: number | undefined;
  /** Whether an epoch that was left open begins again. Otherwise it is finished. False if left out. */
  readonly startEpoch?: boolean | undefined;
  /** Stops before the next step. The loop and the promise throw the reason of the signal. None if left out. */
  readonly signal?: AbortSignal | undefined;
}

/** A fit that was checked. */
export interface FitPlan {
  readonly epochs: number;
  readonly reportEvery: number;
  readonly startEpoch: boolean;
  readonly signal: AbortSignal | undefined;
  readonly source: BatchSource;
  readonly order: Order;
  /** The share that was split off, for messages. */
  readonly validationSplit: number | undefined;
  readonly validation: BatchSource | undefined;
  readonly earlyStopping: EarlyStopping | undefined;
  readonly reduceOnPlateau: ReduceOnPlateau | undefined;
}

const KNOWN = [
  ...["epochs", "batchSize", "seed", "shuffle", "dropLast", "validationData", "validationSplit", "classWeight"],
  ...["earlyStopping", "reduceOnPlateau", "augment", "reportEvery", "startEpoch", "signal"],
];

/** Checks the arguments of a fit. @throws OptionError, ShapeError */
export function planFit(
  { trainer, progress }: { readonly trainer: Trainer; readonly progress: Progress },
  dataset: Dataset | DatasetStream,
  options: FitOptions,
): FitPlan {
  if (!isStream(dataset)) checkForm("fit", "dataset", dataset);
  const reader = new OptionReader("fit", options, KNOWN);
  const { ports, seed: modelSeed } = trainer.model;
  const { compiled } = trainer;
  checkBatching(reader, isStream(dataset));
  const seed = reader.integer("seed", 0, modelSeed);
  const batchSize = reader.integer("batchSize", 1, 32);
  const shuffle = reader.boolean("shuffle", true);
  const dropLast = reader.boolean("dropLast", false);
  const startEpoch = reader.boolean("startEpoch", false);
  const augmentation = readAugmentation("fit", reader.given("augment"), ports.outputs);
  const { classWeight, validationData, validationSplit } = options;
  const checked = (argument: string) => checkedLabels("fit", argument, compiled.outputs, ports);
  const weighted = (examples: Examples) => withClassWeights("fit", examples, classWeight, compiled.outputs, ports);
  let source: BatchSource;
  let validation: BatchSource | undefined;
  if (validationData !== undefined) {
    const reading = { operator: "fit", ports, prepare: checked("validationData") };
    validation = plainBatches(validationData, "validationData", batchSize, reading);
  }
  if (isStream(dataset)) {
    if (validationSplit !== undefined) {
      throw new OptionError("fit: a stream cannot be split; leave out validationSplit, and use validationData");
    }
    const prepare = (examples: Examples) => weighted(checked("dataset")(examples));
    source = streamedBatches(dataset, { operator: "fit", ports, seed, augmentation, prepare });
  } else {
    let examples = checked("dataset")(readDataset("fit", "dataset", dataset, ports, true));
    if (validationSplit !== undefined) {
      if (validation) throw new OptionError("fit: validationData and validationSplit are both given; leave one out");
      const [first, last] = splitOff(examples, reader.numberFrom("validationSplit", 0, 1));
      examples = first;
      validation = batchesOf(last, plainOrder(batchSize));
    }
    source = batchesOf(weighted(examples), { batchSize, shuffle, seed, dropLast, augmentation });
    if (source.batches === 0) {
      throw new OptionError(
        `fit: ${examples.count} examples give no batch of ${batchSize}; use a smaller batchSize, or dropLast: false`,
      );
    }
  }
  const isStreamed = source.examples === undefined;
  const order: Order = {
    examples: source.examples ?? null,
    batchSize: isStreamed ? null : batchSize,
    seed,
    shuffle,
    dropLast,
    data: source.data,
  };
  checkStart(trainer, progress, { startEpoch, order, validationSplit });
  const data = `${source.data}${validation ? `; ${validation.data}` : ""}`;
  const monitored = monitoredBy(compiled, validation !== undefined);
  return {
    ...{ startEpoch, source, order, validationSplit, signal: readSignal(options.signal) },
    epochs: reader.integer("epochs", 0, 1),
    reportEvery: reader.integer("reportEvery", 1, 1),
    validation,
    earlyStopping: readEarlyStopping(reader.given("earlyStopping"), monitored, data),
    reduceOnPlateau: readReduceOnPlateau(reader.given("reduceOnPlateau"), monitored, data),
  };
}

/** @throws OptionError if an option of the batches has no meaning, or the share of validation is none */
function checkBatching(reader: OptionReader, isStreamed: boolean): void {
  const split = reader.given("validationSplit");
  if (split !== undefined && !(typeof split === "number" && split > 0 && split < 1)) {
    reader.refuse("validationSplit", split, "a number in (0, 1)");
  }
  if (!isStreamed) return;
  const validation = reader.given("validationData");
  const meaningless = [
    ...(validation === undefined || isStream(validation) ? ["batchSize"] : []),
    ...["shuffle", "dropLast"].filter((name) => reader.given(name) !== false),
  ].find((name) => reader.given(name) !== undefined);
  if (meaningless === undefined) return;
  throw new OptionError(
    `fit: a stream decides its batches by itself, so it has no ${meaningless}; leave it out, and give the stream such batches`,
  );
}

function splitOff(examples: Examples, share: number): readonly [train: Examples, validation: Examples] {
  const first = Math.floor(examples.count * (1 - share));
  if (first === 0 || first === examples.count) {
    throw new OptionError(
      `fit: validationSplit is ${share}, expected a share that leaves examples on both sides (${examples.count} examples)`,
    );
  }
  return [examplesBetween(examples, 0, first), examplesBetween(examples, first, examples.count)];
}

/**
 * Checks a fit against the present state of the model: when it is planned, and when it begins.
 *
 * @throws OptionError
 */
export function checkStart(
  trainer: Trainer,
  { open }: Progress,
  { startEpoch, order, validationSplit }: Pick<FitPlan, "startEpoch" | "order" | "validationSplit">,
): void {
  if (trainer.trained.length === 0) {
    throw new OptionError("fit: no weight is trainable; set layer.trainable = true for one of the layers");
  }
  if (open && open.batches > 0 && !startEpoch) checkOrder(open.order, order, validationSplit);
}

/** @throws OptionError if an open epoch cannot go on in this way */
function checkOrder(open: Order, given: Order, split: number | undefined): void {
  const names = ["examples", "batchSize", "seed", "shuffle", "dropLast"] as const;
  for (const name of names) {
    if (open[name] === given[name]) continue;
    const isCount = name === "examples" && given.examples !== null && open.examples !== null;
    const without = isCount && split !== undefined ? ` (without those of validationSplit: ${split})` : "";
    const advice = isCount ? "give the same dataset and the same validationSplit, or none as then; " : "";
    throw new OptionError(
      `fit: ${name} is ${show(given[name])}${without}, expected ${show(open[name])} as in the epoch that is not finished; ${advice}startEpoch: true begins it anew`,
    );
  }
  if (open.data !== given.data) {
    throw new OptionError(
      "fit: the dataset has other values than that of the epoch that is not finished; give the same one, or startEpoch: true",
    );
  }
}

function monitoredBy({ outputs }: Compiled, validated: boolean): Monitored {
  const metrics = outputs.flatMap((output) => output.metrics);
  const names = metricNames(outputs).map((name, i) => [name, existing(metrics[i]).larger] as const);
  const own: readonly (readonly [string, boolean | undefined])[] = [["loss", false], ...names];
  return new Map(validated ? [...own, ...own.map(([name, larger]) => [`validation.${name}`, larger] as const)] : own);
}

function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new OptionError(`fit: signal is ${show(signal)}, expected an AbortSignal such as new AbortController().signal`);
}
