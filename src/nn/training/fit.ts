import { existing } from "../../core/objects.js";
import type { ExampleBatch } from "../data/dataset.js";
import type { BestWeights } from "./bestWeights.js";
import { evaluated } from "./evaluate.js";
import type { FitPlan } from "./fitPlan.js";
import { emptySums, type Judgement, meanOf } from "./judge.js";
import type { EpochResult, Progress } from "./progress.js";
import { Queue, Speed } from "./queue.js";
import type { Trainer } from "./trainer.js";

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

/** What a fit works on. */
export interface FitTarget {
  readonly trainer: Trainer;
  readonly progress: Progress;
  readonly bestWeights: BestWeights;
  /** Called when the first step is about to run, and after the last. @throws OptionError if another fit runs */
  begin(): void;
  end(): void;
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
    private readonly plan: FitPlan,
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
