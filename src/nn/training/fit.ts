import type { ExampleBatch } from "../data/dataset.js";
import type { BestWeights } from "./bestWeights.js";
import { evaluated } from "./evaluate.js";
import { checkStart, type FitPlan } from "./fitPlan.js";
import { emptySums, type Judgement, meanOf } from "./judge.js";
import { type EpochResult, newWatch, type OpenEpoch, type Progress } from "./progress.js";
import { Queue, Speed } from "./queue.js";
import type { RunningStep, Trainer } from "./trainer.js";

/** What the console says of a fit that nobody awaits. */
export const NOT_BEGUN =
  "webgpu-cnn: fit was called, but nothing is trained before it is awaited or iterated over: await model.fit(…), or for await (const report of model.fit(…)). This is said once for each model.";

/** How training goes. While you hold the report in the loop, the model is as it was after this step. */
export interface FitReport extends Judgement {
  /** The number of the epoch, from 1, over all fits. */
  readonly epoch: number;
  /** The number of epochs that will be done after this fit, over all fits. */
  readonly epochs: number;
  /** The number of the step within the epoch, from 1. */
  readonly step: number;
  /** The number of steps of an epoch. Undefined for a stream. */
  readonly steps: number | undefined;
  /** The mean loss over the steps since the last report. With several outputs, the sum of their losses. */
  readonly loss: number;
  /**
   * The metrics over the steps since the last report, by name. With several outputs, by names such as
   * "digit.accuracy".
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** The number of examples per second over the last steps, without the time to compile kernels. */
  readonly imagesPerSecond: number;
  /** The result on the validation data, in the report of the last step of an epoch. Otherwise undefined. */
  readonly validation?: Judgement | undefined;
}

/** The steps that may be queued without their results. */
const MOST_QUEUED = 8;

/** What a fit works on. */
export interface FitTarget {
  readonly trainer: Trainer;
  readonly bestWeights: BestWeights;
  /**
   * Called when the first step is about to run.
   *
   * @returns how far the training is. The fit changes it
   * @throws OptionError if another fit runs, or the model was compiled again
   */
  begin(): Progress;
  /** Called for each epoch with the steps whose results are not read yet. */
  queued(queue: Queue): void;
  /** Called after the last step. */
  end(): void;
  /** Called if nobody began the fit in the turn of its call. */
  remind(): void;
}

/**
 * A training, as a loop over its reports or as a promise. `for await (const report of model.fit(…))` trains from
 * report to report. While the body of the loop runs, the training waits: pause by awaiting there. Leave the loop to
 * stop the training. `await model.fit(…)` trains to the end, and gives the history.
 *
 * Nothing is trained before you await it or iterate over it. If you do neither in the turn of the call, the console
 * warns you, once for each model.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 * const train = { images: [[0], [1], [2], [3]], labels: [1, 3, 5, 7] };
 * for await (const { epoch } of model.fit(train, { epochs: 10, batchSize: 2 })) {
 *   await new Promise((resume) => setTimeout(resume, 5));
 *   if (epoch === 2) break;
 * }
 * model.stepsDone; // 3
 * ```
 */
export class Fit implements AsyncIterableIterator<FitReport, undefined, undefined>, Promise<readonly EpochResult[]> {
  readonly #history: EpochResult[] = [];
  readonly #reports: AsyncGenerator<FitReport, undefined, undefined>;
  /** Whether only the end of an epoch is reported. */
  #quiet = false;
  #whole: Promise<readonly EpochResult[]> | undefined;
  readonly #reminder: ReturnType<typeof setTimeout>;

  /** @internal */
  constructor(
    private readonly target: FitTarget,
    private readonly plan: FitPlan,
  ) {
    this.#reports = this.#run();
    this.#reminder = setTimeout(() => target.remind(), 0);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Trains up to the next report. `for await` calls it. @returns the report, or the end */
  next(): Promise<IteratorResult<FitReport, undefined>> {
    clearTimeout(this.#reminder);
    return this.#reports.next();
  }

  /** Ends the training. `for await` calls it when you leave the loop. */
  return(): Promise<IteratorResult<FitReport, undefined>> {
    clearTimeout(this.#reminder);
    return this.#reports.return(undefined);
  }

  /**
   * Trains to the end. `await` calls it.
   *
   * @param onDone gets the history
   * @param onFailure gets the error
   * @returns what the callback gives
   */
  // biome-ignore lint/suspicious/noThenProperty: `await model.fit(…)` trains to the end
  then<Result = readonly EpochResult[], Failure = never>(
    onDone?: ((history: readonly EpochResult[]) => Result | PromiseLike<Result>) | null,
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    clearTimeout(this.#reminder);
    this.#whole ??= this.#toTheEnd();
    return this.#whole.then(onDone, onFailure);
  }

  /** Trains to the end, as `then`. @param onFailure gets the error @returns the history, or what the callback gives */
  catch<Failure = never>(
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<readonly EpochResult[] | Failure> {
    return this.then(undefined, onFailure);
  }

  /** Trains to the end, as `then`. @param onEnd is called then @returns the history */
  finally(onEnd?: (() => void) | null): Promise<readonly EpochResult[]> {
    return this.then().finally(onEnd);
  }

  get [Symbol.toStringTag](): string {
    return "Fit";
  }

  async #toTheEnd(): Promise<readonly EpochResult[]> {
    this.#quiet = true;
    for await (const _ of this.#reports);
    return this.#history;
  }

  async *#run(): AsyncGenerator<FitReport, undefined, undefined> {
    const { target, plan } = this;
    const { trainer } = target;
    const progress = target.begin();
    try {
      checkStart(trainer, progress, plan);
      trainer.refresh();
      if (plan.startEpoch) progress.open = null;
      const end = progress.epochs + plan.epochs;
      const speed = new Speed();
      if (progress.epochs < end && !this.#hasStopped(progress)) {
        await this.#goOn(progress);
        while (progress.epochs < end && (yield* this.#epoch(progress, end, speed)));
      }
    } finally {
      progress.earlyStopping.stopped = false;
      target.end();
    }
    return undefined;
  }

  /** Whether training stopped early in the checkpoint's last epoch. A run that was killed then must not train on. */
  #hasStopped({ earlyStopping }: Progress): boolean {
    return this.plan.earlyStopping !== undefined && earlyStopping.stopped;
  }

  /** If the last fit ended with the best weights, and this one goes on with it, it goes on with the last ones. */
  async #goOn({ earlyStopping }: Progress): Promise<void> {
    const { bestWeights } = this.target;
    const { restoreBest = false, goesOn } = this.plan.earlyStopping ?? {};
    if (restoreBest && goesOn?.(earlyStopping)) await bestWeights.goOn();
    else bestWeights.last = new Map();
  }

  /** Trains one epoch, or the rest of it. @returns whether training goes on */
  async *#epoch(progress: Progress, end: number, speed: Speed): AsyncGenerator<FitReport, boolean, undefined> {
    const { trainer } = this.target;
    const { plan } = this;
    const epoch = progress.epochs;
    // An epoch without a step binds nobody to its order.
    const begun = progress.open && progress.open.batches > 0 ? progress.open : undefined;
    const open = begun ?? { batches: 0, sums: emptySums(), order: plan.order };
    progress.open = open;
    const queued = new Queue(open.sums);
    this.target.queued(queued);
    // A checkpoint shows the steps that have begun, whenever it is taken.
    const began = (step: RunningStep) => {
      progress.steps++;
      open.batches++;
      queued.add(step);
      return () => {
        progress.steps--;
        open.batches--;
        queued.takeBack(step);
      };
    };
    try {
      for await (const [batch, isLast] of withLast(plan.source.epoch(epoch, open.batches))) {
        plan.signal?.throwIfAborted();
        trainer.checkAlive("fit");
        trainer.optimizer.rateFactor = progress.plateau.factor;
        trainer.optimizer.setStep(progress.steps);
        speed.start();
        await trainer.run("train", batch, began);
        const step = open.batches;
        if (!isLast && (this.#quiet || step % plan.reportEvery > 0)) {
          await queued.shorten(MOST_QUEUED);
          continue;
        }
        const judgement = await queued.all();
        speed.stop(queued.examples);
        const validation = isLast ? await this.#endOfEpoch(progress, end, open) : undefined;
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
    await this.#endOfEpoch(progress, end, open);
    return this.#goesOn;
  }

  #goesOn = true;

  async #endOfEpoch(progress: Progress, end: number, { sums }: OpenEpoch): Promise<Judgement | undefined> {
    const { trainer, bestWeights } = this.target;
    const { validation, earlyStopping, reduceOnPlateau, signal } = this.plan;
    const judged = validation && (await evaluated(trainer, validation, signal));
    const result: EpochResult = { ...meanOf(sums), ...(judged && { validation: judged }) };
    const { restoreBest = false } = earlyStopping ?? {};
    const watch = { ...progress.earlyStopping };
    // If the weights of the best epoch were not kept, there is no best one to go back to.
    if (restoreBest && watch.best !== null && bestWeights.best.size === 0) Object.assign(watch, newWatch());
    const { isBest, stops } = earlyStopping?.after(result, watch) ?? { isBest: false, stops: false };
    const isLast = stops || progress.epochs + 1 === end;
    const present = restoreBest && (isBest || isLast) ? await bestWeights.present() : undefined;
    // From here on nothing is awaited: a checkpoint shows all of it or nothing.
    progress.open = null;
    progress.epochs++;
    this.#history.push(result);
    reduceOnPlateau?.(result, progress);
    if (isBest) bestWeights.best = present ?? new Map();
    else if (restoreBest && isLast && watch.best !== null) bestWeights.restore(present);
    if (stops) bestWeights.forget();
    progress.earlyStopping = stops ? { ...newWatch(), stopped: true } : watch;
    this.#goesOn = !stops;
    return judged;
  }
}

/**
 * The batches, each with whether it is the last one. The next one is made before. If it cannot be made, the error comes
 * after the batch before it.
 */
async function* withLast(
  batches: AsyncIterable<ExampleBatch> | Iterable<ExampleBatch>,
): AsyncGenerator<readonly [batch: ExampleBatch, isLast: boolean], void, undefined> {
  let previous: ExampleBatch | undefined;
  try {
    for await (const batch of batches) {
      if (previous) yield [previous, false];
      previous = batch;
    }
  } catch (error) {
    if (previous) yield [previous, false];
    throw error;
  }
  if (previous) yield [previous, true];
}
