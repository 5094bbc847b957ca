import { OptionError, ShapeError } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import type { Shape } from "../core/shape.js";
import { type Batch, batches, type Dataset } from "../io/batches.js";
import { countCorrect } from "./losses.js";
import type { Sequential, StepOutputs } from "./sequential.js";

export interface FitOptions {
  /** Passes over the dataset; 1 if left out. */
  readonly epochs?: number | undefined;
  /** 32 if left out, as in Keras. */
  readonly batchSize?: number | undefined;
  /** Of the order of the examples; the model's if left out. */
  readonly seed?: number | undefined;
  /** True if left out. */
  readonly shuffle?: boolean | undefined;
  /**
   * Leave out an epoch's last batch where it is smaller; false if left out. Another batch size is another recorded
   * step, with memory of its own.
   */
  readonly dropLast?: boolean | undefined;
  /** Stops before the next step: the loop throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How training goes, after one step. */
export interface FitProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  /** Of each epoch. */
  readonly steps: number;
  /** Of this step's batch, before the step changed the weights. */
  readonly loss: number;
  /** The share of this batch's examples that were classified rightly; undefined where the labels are no classes. */
  readonly accuracy: number | undefined;
  /** Over the last steps, from the start of the first of them; compiling does not count. */
  readonly imagesPerSecond: number;
}

export interface EvaluateOptions {
  /** 32 if left out. */
  readonly batchSize?: number | undefined;
}

export interface Evaluation {
  /** The mean over all examples. */
  readonly loss: number;
  /** The share of examples that were classified rightly; undefined where the labels are no classes. */
  readonly accuracy: number | undefined;
}

/** Steps whose time the speed is the mean of. */
const TIMED_STEPS = 32;

/** A step under way. */
interface Pending {
  readonly batch: Batch;
  readonly epoch: number;
  readonly started: number;
  readonly read: Promise<{ readonly loss: number; readonly output: Float32Array }>;
}

/** See `Sequential.fit`. */
export async function* fitModel(
  model: Sequential,
  dataset: Dataset,
  options: FitOptions,
  firstStep: number,
): AsyncGenerator<FitProgress, void, void> {
  const known = ["epochs", "batchSize", "seed", "shuffle", "dropLast", "signal"];
  const reader = new OptionReader("fit", options, known);
  const epochs = reader.integer("epochs", 1, 1);
  const { signal } = options;
  checkFits("fit", model, dataset);
  const ordered = {
    batchSize: reader.integer("batchSize", 1, 32),
    seed: reader.integer("seed", 0, model.built.seed),
    shuffle: reader.boolean("shuffle", true),
    dropLast: reader.boolean("dropLast", false),
  };
  const steps = batches(dataset, ordered).count;
  if (steps === 0) {
    throw new OptionError(
      `fit: no batch of ${ordered.batchSize} can be made of ${dataset.shape[0]} examples; use a smaller batchSize, or keep the last`,
    );
  }
  const timed: { readonly started: number; readonly images: number }[] = [];
  const report = async ({ batch, epoch, started, read }: Pending): Promise<FitProgress> => {
    const { loss, output } = await read;
    timed.push({ started, images: batch.size });
    if (timed.length > TIMED_STEPS) timed.shift();
    const seconds = (performance.now() - (timed[0]?.started ?? started)) / 1000;
    return {
      epoch: epoch + 1,
      epochs,
      step: batch.index + 1,
      steps,
      loss,
      accuracy: accuracyOf(model, output, batch),
      imagesPerSecond: timed.reduce((sum, { images }) => sum + images, 0) / seconds,
    };
  };
  // One step runs while the one before is reported: the queue is never empty, and reading stalls nothing.
  let pending: Pending | undefined;
  try {
    for (let epoch = Math.floor(firstStep / steps); epoch < epochs; epoch++) {
      const firstBatch = epoch === Math.floor(firstStep / steps) ? firstStep % steps : 0;
      for (const batch of batches(dataset, { ...ordered, epoch, firstBatch })) {
        signal?.throwIfAborted();
        const step = await model.recordedStep("train", batch.shape, labelsShape(batch));
        model.startStep(epoch * steps + batch.index);
        const before = pending;
        const started = performance.now();
        const outputs = await step.runInTurns({ x: batch.x, labels: batch.labels });
        pending = { batch, epoch, started, read: resultOf(outputs) };
        if (before) yield await report(before);
      }
    }
    const last = pending;
    pending = undefined;
    if (last) yield await report(last);
  } finally {
    // Whoever leaves does not wait for the step under way; its errors are of no interest then.
    pending?.read.catch(() => {});
  }
}

/** See `Sequential.evaluate`. */
export async function evaluateModel(
  model: Sequential,
  dataset: Dataset,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const batchSize = new OptionReader("evaluate", options, ["batchSize"]).integer("batchSize", 1, 32);
  checkFits("evaluate", model, dataset);
  let examples = 0;
  let loss = 0;
  let correct: number | undefined = 0;
  const count = async ({ batch, read }: Pending) => {
    const result = await read;
    const accuracy = accuracyOf(model, result.output, batch);
    examples += batch.size;
    loss += result.loss * batch.size;
    correct = correct === undefined || accuracy === undefined ? undefined : correct + accuracy * batch.size;
  };
  let pending: Pending | undefined;
  for (const batch of batches(dataset, { batchSize, shuffle: false })) {
    const step = await model.recordedStep("evaluate", batch.shape, labelsShape(batch));
    const before = pending;
    const outputs = await step.runInTurns({ x: batch.x, labels: batch.labels });
    pending = { batch, epoch: 0, started: 0, read: resultOf(outputs) };
    if (before) await count(before);
  }
  if (pending) await count(pending);
  return { loss: loss / examples, accuracy: correct === undefined ? undefined : correct / examples };
}

/**
 * Reads what a step gave. The read is waited for later: where it fails, that is when it is told. Until then the
 * rejection is nobody's, and must not end the process.
 */
function resultOf({ loss, output }: StepOutputs): Pending["read"] {
  const read = Promise.all([loss.read(), output.read()]).then(([[first = Number.NaN], values]) => ({
    loss: first,
    output: values,
  }));
  read.catch(() => {});
  return read;
}

function accuracyOf(model: Sequential, output: Float32Array, { labels, size }: Batch): number | undefined {
  const { loss } = model.compiled;
  return loss === "softmaxCrossEntropy" ? countCorrect(output, labels, size) / size : undefined;
}

function labelsShape({ labels, size }: Batch): Shape {
  return labels.length === size ? [size] : [size, labels.length / size];
}

/** @throws ShapeError where the examples are not of the shape that the model was built for */
function checkFits(operator: string, model: Sequential, dataset: Dataset): void {
  const { inputShape } = model.built;
  const example = dataset.shape.slice(1);
  if (example.join() === inputShape.join()) return;
  throw new ShapeError(
    `${operator}: dataset.shape is [${dataset.shape.join(", ")}], expected [N, ${inputShape.join(", ")}], as the model was built for`,
  );
}
