/**
 * Trains a network on handwritten digits, tests it on other digits, and saves it. A picture shows what it learned.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HostArray, loadCheckpoint, saveCheckpoint } from "webgpu-cnn/io";
import type { Dataset, Sequential } from "webgpu-cnn/nn";
import { StopRequest } from "../../src/command/stopping.node.js";
import { openBackend } from "../backend.js";
import { reportFailure } from "../commandLine.js";
import { loadMnist } from "../mnist.js";
import type { Labelled } from "../page/data/packed.js";
import { Progress } from "../progress.js";
import { ALL_DIGITS, type Arguments, BATCH_SIZE, readArguments, USAGE } from "./arguments.js";
import {
  classify,
  confusionMatrix,
  confusionTable,
  meanCrossEntropy,
  mistakes,
  type Predictions,
} from "./confusion.js";
import { LearningCurve } from "./curve.js";
import { makeNetwork } from "./network.js";
import { drawPicture, type Mistake } from "./picture.js";
import { lossAndAccuracy, ProgressBar } from "./progressBar.js";
import { type Settings, settingsMetadata, settle } from "./settings.js";

const CLASSES = 10;
/** The batch size of the test. It divides the 10,000 test digits. */
const TEST_BATCH_SIZE = 250;
/** The steps from one report to the next. A GPU goes on without a pause between them. */
const REPORT_EVERY = 10;
/** The number of reports over which the progress bar shows means. */
const SHOWN_REPORTS = 5;

const progress = new Progress(process.stdout);
try {
  const given = readArguments(process.argv.slice(2));
  if (given) process.exitCode = await run(given);
  else console.log(USAGE);
} catch (error) {
  progress.end();
  reportFailure(error, USAGE);
}

/** @returns the exit status */
async function run(given: Arguments): Promise<number> {
  const { resume, out, backend: kind, threads } = given;
  // First of all: if a file cannot be read or written, the user learns it before the work.
  const saved = resume === undefined ? undefined : await loadCheckpoint(resume);
  const settings = settle(given, saved?.metadata);
  await mkdir(out, { recursive: true });
  const files = { checkpoint: join(out, "lenet.safetensors"), picture: join(out, "training.png") };

  progress.phase("opening a backend");
  const { backend, name, why } = await openBackend({ kind, threads });
  progress.phase("reading MNIST");
  const { train: all, test } = await loadMnist();
  progress.end();
  const train = firstDigits(all, settings.limit);
  const stepsPerEpoch = Math.floor(settings.limit / BATCH_SIZE);
  const model = makeNetwork(backend, settings.seed, settings.epochs * stepsPerEpoch);
  const { curve, rest } = LearningCurve.takeFrom(saved?.tensors ?? new Map());
  if (saved) model.restore({ tensors: rest, metadata: saved.metadata });
  console.log(`\n${name}: ${why}\n\n${model.summary()}\n`);

  const stop = new StopRequest();
  // The CPU reference computes long on a step. There, Ctrl-C should not have to wait for more than one.
  const reportEvery = backend.kind === "cpu" ? 1 : REPORT_EVERY;
  const { stopped, seconds, imagesPerSecond } = await learn(model, train, settings, curve, reportEvery, stop.signal);
  await save(model, files.checkpoint, settings, curve);
  stop.end();
  if (stopped) {
    console.log(`\nstopped and saved; npm start -- --resume ${files.checkpoint} goes on with the same bits`);
    backend.destroy();
    return stop.status;
  }

  progress.phase(`testing on ${test.labels.length.toLocaleString("en")} digits`);
  // The loss and all results are computed from the logits, so the digits go through the network once.
  const { data: logits } = await model.predictAll(test, { batchSize: TEST_BATCH_SIZE });
  const predictions: Predictions = { labels: test.labels, ...classify(logits, CLASSES) };
  const wrong = mistakes(predictions);
  const accuracy = `${(100 * (1 - wrong.length / test.labels.length)).toFixed(2)} %`;
  progress.phase("drawing");
  const picture = drawPicture({
    title: `A network that reads ${accuracy} of ${test.labels.length.toLocaleString("en")} digits correctly`,
    subtitle: `LeNet-style, ${settings.epochs === 1 ? "one epoch" : `${settings.epochs} epochs`} of ${settings.limit.toLocaleString("en")} digits from seed ${settings.seed}, on ${name}`,
    curve,
    filters: await firstFilters(model),
    mistakes: wrong.map((n) => mistakeAt(test, predictions, n)),
  });
  await writeFile(files.picture, picture);
  progress.end();
  backend.destroy();

  console.log(`\nRows: the digit. Columns: what the network predicts.\n`);
  console.log(confusionTable(confusionMatrix(predictions, CLASSES)));
  console.log(
    `
test accuracy  ${accuracy} (${wrong.length.toLocaleString("en")} of ${test.labels.length.toLocaleString("en")} wrong)
test loss      ${meanCrossEntropy(logits, test.labels, CLASSES)}
final loss     ${curve.lastLoss ?? "–"} (of the last batches)
training       ${seconds.toFixed(1)} s, ${Number.isNaN(imagesPerSecond) ? "nothing was left to train" : `${Math.round(imagesPerSecond).toLocaleString("en")} images/s`}
all in all     ${(performance.now() / 1000).toFixed(1)} s
written        ${files.checkpoint}, ${files.picture}`,
  );
  return 0;
}

interface Learned {
  readonly stopped: boolean;
  readonly seconds: number;
  /** NaN if no step was left. */
  readonly imagesPerSecond: number;
}

/** Trains until the end of the last epoch or until `signal` aborts. Adds each report to `curve`. */
async function learn(
  model: Sequential,
  train: Dataset,
  { epochs, seed }: Settings,
  curve: LearningCurve,
  reportEvery: number,
  signal: AbortSignal,
): Promise<Learned> {
  const bar = new ProgressBar(process.stdout, BATCH_SIZE);
  const [start, before] = [performance.now(), model.stepsDone];
  try {
    const options = { epochs: epochs - model.epochsDone, batchSize: BATCH_SIZE, seed, dropLast: true, reportEvery };
    for await (const { epoch, step, steps = step, loss, metrics, imagesPerSecond } of model.fit(train, options)) {
      curve.add(model.stepsDone, loss, metrics["accuracy"] ?? Number.NaN);
      bar.update({ epoch, epochs, step, steps, shown: lossAndAccuracy(curve.recent(SHOWN_REPORTS)), imagesPerSecond });
      // Between two reports, so that the run that goes on from here has the same reports.
      if (signal.aborted) break;
    }
  } finally {
    bar.end();
  }
  const [seconds, steps] = [(performance.now() - start) / 1000, model.stepsDone - before];
  return {
    ...{ stopped: model.epochsDone < epochs, seconds },
    imagesPerSecond: steps === 0 ? Number.NaN : (steps * BATCH_SIZE) / seconds,
  };
}

async function save(model: Sequential, file: string, settings: Settings, curve: LearningCurve): Promise<void> {
  const { tensors, metadata } = await model.checkpoint();
  await saveCheckpoint(file, {
    tensors: new Map<string, HostArray>([...tensors, ...curve.tensors()]),
    metadata: { ...metadata, ...settingsMetadata(settings) },
  });
}

/** The kernel of the first layer: the first weight. */
async function firstFilters(model: Sequential) {
  const [kernel] = model.weights.values();
  if (!kernel) throw new Error("the network has no weights");
  return { shape: kernel.shape, values: await kernel.read() };
}

function mistakeAt(test: Labelled, { predicted, confidence }: Predictions, n: number): Mistake {
  const [, height = 0, width = 0] = test.shape;
  const pixels = test.images.subarray(n * height * width, (n + 1) * height * width);
  return {
    digit: { shape: [1, height, width, 1], values: Float32Array.from(pixels, (byte) => byte / 255) },
    label: test.labels[n] ?? Number.NaN,
    predicted: predicted[n] ?? Number.NaN,
    confidence: confidence[n] ?? Number.NaN,
  };
}

function firstDigits({ images, shape, labels }: Labelled, limit: number): Dataset {
  if (limit === ALL_DIGITS) return { images, shape, labels };
  const [, ...digit] = shape;
  const size = digit.reduce((product, extent) => product * extent, 1);
  return { images: images.subarray(0, limit * size), shape: [limit, ...digit], labels: labels.subarray(0, limit) };
}
