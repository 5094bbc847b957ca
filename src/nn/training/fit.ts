import { OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { OptionReader } from "../../core/options.js";
import type { Compiled } from "../compile.js";
import { type AugmentFunction, type AugmentOptions, readAugmentation } from "../data/augment.js";
import { type Dataset, type ExampleBatch, type Examples, examplesBetween, readDataset } from "../data/dataset.js";
import { type BatchSource, batchesOf, type DatasetStream, isStream, streamedBatches } from "../data/source.js";
import type { BestWeights } from "./bestWeights.js";
import { evaluated } from "./evaluate.js";
import { addTo, emptySums, type Judgement, meanOf, meanOfAll, metricNames } from "./judge.js";
import { checkLabels, withClassWeights } from "./labels.js";
import {
  type EarlyStopping,
  type EarlyStoppingOptions,
  type Monitored,
  type ReduceOnPlateau,
  type ReduceOnPlateauOptions,
  readEarlyStopping,
  readReduceOnPlateau,
} from "./monitors.js";
import type { EpochResult, Order, Progress } from "./progress.js";
import type { RunningStep, Trainer } from "./trainer.js";

export interface FitOptions {
  /** Further passes over the dataset. Finishing an open epoch counts as the first. 1 if left out. */
  readonly epochs?: number | undefined;
  /** 32 if left out, as in Keras. A stream decides by itself. */
  readonly batchSize?: number | undefined;
  /** The seed of the examples' order and of augmentation. The model's if left out. */
  readonly seed?: number | undefined;
  /** Whether each epoch has another order. True if left out. */
  readonly shuffle?: boolean | undefined;
  /** Whether a last batch that is smaller is left out. False if left out. Each batch size has a recorded step of its own. */
  readonly dropLast?: boolean | undefined;
  /** Examples that are evaluated after each epoch. */
  readonly validationData?: Dataset | undefined;
  /** This share of the examples, the last ones, is not trained but evaluated after each epoch. In (0, 1). */
  readonly validationSplit?: number | undefined;
  /** A factor of the loss for each class, by its number. 1 for those left out. As in Keras, it does not change the mean's divisor. */
  readonly classWeight?: Readonly<Record<number, number>> | readonly number[] | undefined;
  /** Stops if a result does not get better. */
  readonly earlyStopping?: EarlyStoppingOptions | undefined;
  /** Reduces the learning rate if a result does not get better. */
  readonly reduceOnPlateau?: ReduceOnPlateauOptions | undefined;
  /** Random changes of the images, or a function that changes an image. */
  readonly augment?: AugmentOptions | AugmentFunction | undefined;
  /**
   * A report comes after every so many steps of an epoch, and after its last. 1 if left out. Between reports the device is
   * kept busy.
   */
  readonly reportEvery?: number | undefined;
  /** Whether an epoch that was left open begins anew instead. False if left out. */
  readonly startEpoch?: boolean | undefined;
  /** Stops before the next step. The loop throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How training goes. The model is as it was after this step. */
export interface FitReport extends Judgement {
  /** The number of the epoch, from 1 on, over all fits. */
  readonly epoch: number;
  /** The epochs that there will be after this fit. */
  readonly epochs: number;
  /** The number of the step within the epoch, from 1 on. */
  readonly step: number;
  /** The steps of an epoch. Undefined for a stream. */
  readonly steps: number | undefined;
  /** The mean over the steps since the last report. */
  readonly loss: number;
  /** Over the last steps, without compiling. */
  readonly imagesPerSecond: number;
  /** In the report of an epoch's last step: the result on the validation data. */
  readonly validation?: Judgement | undefined;
}

/** The steps that may be queued without their results. */
const MOST_QUEUED = 8;
/** The steps over which the speed is measured. */
const TIMED_STEPS = 32;

/** What a fit works on. */
export interface FitTarget {
  readonly trainer: Trainer;
  readonly progress: Progress;
  readonly bestWeights: BestWeights;
  /** Called when the first step is about to run, and after the last. @throws OptionError if another fit runs */
  begin(): void;
  end(): void;
}

/** A fit that was checked. */
interface Plan {
  readonly epochs: number;
  readonly reportEvery: number;
  readonly startEpoch: boolean;
  readonly signal: AbortSignal | undefined;
  readonly source: BatchSource;
  readonly order: Order;
  readonly validation: { readonly examples: Examples; readonly batchSize: number } | undefined;
  readonly earlyStopping: EarlyStopping | undefined;
  readonly reduceOnPlateau: ReduceOnPlateau | undefined;
}

const KNOWN = [
  ...["epochs", "batchSize", "seed", "shuffle", "dropLast", "validationData", "validationSplit", "classWeight"],
  ...["earlyStopping", "reduceOnPlateau", "augment", "reportEvery", "startEpoch", "signal"],
];

/** Checks the arguments of a fit. @throws OptionError, ShapeError */
export function planFit(
  { trainer, progress }: Pick<FitTarget, "trainer" | "progress">,
  dataset: Dataset | DatasetStream,
  options: FitOptions,
): Plan {
  const reader = new OptionReader("fit", options, KNOWN);
  const { ports, seed: modelSeed } = trainer.model;
  const { compiled } = trainer;
  const seed = reader.integer("seed", 0, modelSeed);
  const batchSize = reader.integer("batchSize", 1, 32);
  const shuffle = reader.boolean("shuffle", true);
  const dropLast = reader.boolean("dropLast", false);
  const startEpoch = reader.boolean("startEpoch", false);
  const augmentation = readAugmentation("fit", reader.given("augment"));
  const { classWeight, validationData, validationSplit } = options;
  if (trainer.trained.length === 0) {
    throw new OptionError("fit: no weight is trainable; set layer.trainable = true for one of the layers");
  }
  const check = (examples: Examples) => checkLabels("fit", "dataset", examples, compiled.outputs, ports);
  let source: BatchSource;
  let validation: Examples | undefined;
  if (validationData !== undefined) {
    validation = readDataset("fit", "validationData", validationData, ports, true);
    checkLabels("fit", "validationData", validation, compiled.outputs, ports);
  }
  if (isStream(dataset)) {
    if (validationSplit !== undefined || classWeight !== undefined) {
      throw new OptionError(
        "fit: a stream has no validationSplit and no classWeight; use validationData and sampleWeight",
      );
    }
    source = streamedBatches(dataset, { operator: "fit", ports, seed, augmentation, check });
  } else {
    let examples = readDataset("fit", "dataset", dataset, ports, true);
    check(examples);
    if (validationSplit !== undefined) {
      if (validation) throw new OptionError("fit: validationData and validationSplit are both given; leave one out");
      [examples, validation] = splitOff(examples, reader.numberFrom("validationSplit", 0, 1));
    }
    examples = withClassWeights(examples, classWeight, compiled.outputs, ports);
    source = batchesOf(examples, { batchSize, shuffle, seed, dropLast, augmentation });
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
  };
  if (progress.open && !startEpoch) checkOrder(progress.open.order, order);
  const monitored = monitoredBy(compiled, validation !== undefined);
  return {
    ...{ startEpoch, source, order, signal: readSignal(options.signal) },
    epochs: reader.integer("epochs", 1, 1),
    reportEvery: reader.integer("reportEvery", 1, 1),
    validation: validation && { examples: validation, batchSize },
    earlyStopping: readEarlyStopping(reader.given("earlyStopping"), monitored),
    reduceOnPlateau: readReduceOnPlateau(reader.given("reduceOnPlateau"), monitored),
  };
}

/**
 * A training, as a loop over its reports or as a promise. `for await (const report of model.fit(…))` trains from report
 * to report: nothing runs while the loop's body does, and leaving the loop ends the training. `await model.fit(…)` trains
 * to the end, and gives the history.
 */
export class Fit
  implements AsyncIterableIterator<FitReport, undefined, undefined>, PromiseLike<readonly EpochResult[]>
{
  readonly #history: EpochResult[] = [];
  readonly #reports: AsyncGenerator<FitReport, undefined, undefined>;
  /** Whether only the end of an epoch is reported. */
  #quiet = false;
  #whole: Promise<readonly EpochResult[]> | undefined;

  /** @internal */
  constructor(
    private readonly target: FitTarget,
    private readonly plan: Plan,
  ) {
    this.#reports = this.#run();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<FitReport, undefined>> {
    return this.#reports.next();
  }

  return(): Promise<IteratorResult<FitReport, undefined>> {
    return this.#reports.return(undefined);
  }

  // biome-ignore lint/suspicious/noThenProperty: `await model.fit(…)` trains to the end
  then<Result = readonly EpochResult[], Failure = never>(
    onDone?: ((history: readonly EpochResult[]) => Result | PromiseLike<Result>) | null,
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    this.#whole ??= this.#toTheEnd();
    return this.#whole.then(onDone, onFailure);
  }

  async #toTheEnd(): Promise<readonly EpochResult[]> {
    this.#quiet = true;
    for await (const _ of this.#reports);
    return this.#history;
  }

  async *#run(): AsyncGenerator<FitReport, undefined, undefined> {
    const { target, plan } = this;
    const { trainer, progress } = target;
    target.begin();
    try {
      trainer.refresh();
      if (plan.startEpoch) progress.open = null;
      const end = progress.epochs + plan.epochs;
      const speed = new Speed();
      while (progress.epochs < end && (yield* this.#epoch(end, speed)));
    } finally {
      target.end();
    }
    return undefined;
  }

  /** Trains one epoch, or the rest of it. @returns whether training goes on */
  async *#epoch(end: number, speed: Speed): AsyncGenerator<FitReport, boolean, undefined> {
    const { trainer, progress } = this.target;
    const { plan } = this;
    const epoch = progress.epochs;
    progress.open ??= { batches: 0, sums: emptySums(), order: plan.order };
    const { open } = progress;
    const queued = new Queue(open.sums);
    try {
      for await (const [batch, isLast] of withLast(plan.source.epoch(epoch, open.batches))) {
        plan.signal?.throwIfAborted();
        trainer.optimizer.rateFactor = progress.plateau.factor;
        trainer.optimizer.setStep(progress.steps);
        speed.start();
        queued.add(await trainer.run("train", batch));
        progress.steps++;
        open.batches++;
        const step = open.batches;
        if (!isLast && (this.#quiet || step % plan.reportEvery > 0)) {
          await queued.shorten(MOST_QUEUED);
          continue;
        }
        const judgement = await queued.all();
        speed.stop(queued.examples);
        const validation = isLast ? await this.#endOfEpoch() : undefined;
        yield {
          ...judgement,
          ...{ epoch: epoch + 1, epochs: end, step, steps: plan.source.batches },
          imagesPerSecond: speed.imagesPerSecond,
          ...(validation && { validation }),
        };
        if (isLast) return this.#goesOn;
      }
    } finally {
      await queued.settle();
    }
    // The stream ended at the batch where this fit began.
    await this.#endOfEpoch();
    return this.#goesOn;
  }

  #goesOn = true;

  async #endOfEpoch(): Promise<Judgement | undefined> {
    const { trainer, progress, bestWeights } = this.target;
    const { validation, earlyStopping, reduceOnPlateau } = this.plan;
    const { sums } = existing(progress.open ?? undefined);
    const judged = validation && (await evaluated(trainer, validation.examples, validation.batchSize));
    const result: EpochResult = { ...meanOf(sums), ...(judged && { validation: judged }) };
    progress.open = null;
    progress.epochs++;
    this.#history.push(result);
    reduceOnPlateau?.(result, progress);
    if (earlyStopping) {
      const { isBest, stops } = earlyStopping.after(result, progress.earlyStopping);
      if (isBest && earlyStopping.restoreBest) await bestWeights.keep();
      if (stops) {
        this.#goesOn = false;
        if (earlyStopping.restoreBest) bestWeights.restore();
        Object.assign(progress.earlyStopping, { best: null, waited: 0 });
        bestWeights.forget();
      }
    }
    return judged;
  }
}

/** Steps whose results are not read yet. */
class Queue {
  readonly #running: RunningStep[] = [];
  #since: Judgement[] = [];
  /** The examples since the last report. */
  examples = 0;

  constructor(private readonly sums: ReturnType<typeof emptySums>) {}

  add(step: RunningStep): void {
    if (this.#running.length === 0 && this.#since.length === 0) this.examples = 0;
    this.#running.push(step);
    this.examples += step.examples;
  }

  /** Waits until at most so many steps are queued. */
  async shorten(most: number): Promise<void> {
    while (this.#running.length > most) {
      const { judgement, examples } = existing(this.#running[0]);
      const result = await judgement;
      this.#running.shift();
      addTo(this.sums, result, examples);
      this.#since.push(result);
    }
  }

  /** Waits for all of them. @returns the mean since the last report */
  async all(): Promise<Judgement> {
    await this.shorten(0);
    const mean = meanOfAll(this.#since);
    this.#since = [];
    return mean;
  }

  /** Waits for the steps that were queued when the loop was left. A failure was told already, or concerns nobody. */
  async settle(): Promise<void> {
    await this.shorten(0).catch(() => {});
  }
}

/** Measures the speed of the last steps. The time in the loop's body does not count. */
class Speed {
  readonly #measured: { readonly images: number; readonly seconds: number }[] = [];
  #started: number | undefined;

  start(): void {
    this.#started ??= performance.now();
  }

  stop(images: number): void {
    const seconds = (performance.now() - (this.#started ?? performance.now())) / 1000;
    this.#started = undefined;
    this.#measured.push({ images, seconds });
    if (this.#measured.length > TIMED_STEPS) this.#measured.shift();
  }

  get imagesPerSecond(): number {
    const [images, seconds] = this.#measured.reduce<[number, number]>(
      ([images, seconds], each) => [images + each.images, seconds + each.seconds],
      [0, 0],
    );
    return images / seconds;
  }
}

/** The batches, each with whether it is the last one. The next one is made before. */
async function* withLast(
  batches: AsyncIterable<ExampleBatch> | Iterable<ExampleBatch>,
): AsyncGenerator<readonly [batch: ExampleBatch, isLast: boolean], void, undefined> {
  let previous: ExampleBatch | undefined;
  for await (const batch of batches) {
    if (previous) yield [previous, false];
    previous = batch;
  }
  if (previous) yield [previous, true];
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

/** @throws OptionError if an open epoch cannot go on in this way */
function checkOrder(open: Order, given: Order): void {
  const names = ["examples", "batchSize", "seed", "shuffle", "dropLast"] as const;
  for (const name of names) {
    if (open[name] === given[name]) continue;
    throw new OptionError(
      `fit: ${name} is ${show(given[name])}, expected ${show(open[name])} as in the epoch that is not finished; startEpoch: true begins it anew`,
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
