/**
 * Measures the speed of training: a LeNet on MNIST, with `--peer` beside a peer, and a ResNet-8 for pictures of CIFAR's size.
 * npm run bench:training
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { createBackend } from "webgpu-cnn";
import { type Batch, batches } from "webgpu-cnn/io";
import { Adam, Sequential, SGD } from "webgpu-cnn/nn";
import { loadMnist } from "../demo/mnist.js";
import type { StepPlan } from "../src/core/backend.js";
import { RandomNumbers } from "../src/core/random.js";
import { UsageError } from "./arguments.js";
import { Devices, type OpenDevice } from "./device.js";
import { formatNumber } from "./format.js";
import { PeerMissingError } from "./peers/tfjs.js";
import { tfjsTrainees } from "./peers/tfjsTraining.js";
import { Progress } from "./progress.js";
import { type Effort, type Timing, timeInterleaved } from "./timing.js";
import { type Arguments, readArguments, USAGE } from "./training/arguments.js";
import { CalledTrainee, RecordedTrainee } from "./training/library.js";
import { lenet, resnet8 } from "./training/networks.js";
import { stepsOver, type Trainee } from "./training/trainee.js";
import { workDone } from "./waiting.js";

const LENET_BATCH = 64;
const RESNET_BATCH = 32;
const COMPARED_STEPS = 10;
/** Sums in another order are rounded differently, and the differences grow from step to step. */
const LOSS_TOLERANCE = 1e-3;

/** The result of one trainee. Times are in milliseconds. */
interface Result {
  readonly name: string;
  /** From the call until its loss is on the host. Compiling and recording are included. */
  readonly firstStep: number;
  readonly timing: Timing;
  readonly imagesPerSecond: number;
  /** The losses of the first steps. */
  readonly losses: readonly number[];
}

const progress = new Progress(process.stdout);
try {
  const given = readArguments(process.argv.slice(2));
  if (given) process.exitCode = await run(given);
  else console.log(USAGE);
} catch (error) {
  progress.clear();
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    console.error(error instanceof PeerMissingError ? error.message : error);
    process.exitCode = 1;
  }
}

/** @returns the exit status */
async function run(given: Arguments): Promise<number> {
  // First of all: if nothing can be written there, the user learns it before the work.
  if (given.json !== undefined) await mkdir(dirname(given.json), { recursive: true });
  progress.show("looking for an adapter");
  const devices = await Devices.find();
  const { description, vendor, architecture, software } = devices.adapter;
  progress.print(
    `${description || `${vendor} ${architecture}`}${software ? " (a software adapter)" : ""}, Node ${process.version}, ${cpus().length} cores`,
  );
  // One round for each requested step, however long they take.
  const effort: Effort = {
    fewestRounds: given.steps,
    mostRounds: given.steps,
    milliseconds: Number.POSITIVE_INFINITY,
  };

  const lenetResults = await onDevice(devices, (device) => trainLenet(devices, device, given, effort));
  const difference = largestDifference(lenetResults);
  progress.print(`\nLeNet, 28×28×1, batches of ${LENET_BATCH}, Adam`);
  for (const line of table(lenetResults)) progress.print(line);
  const losses = (lenetResults[0]?.losses ?? []).map((loss) => loss.toFixed(4)).join(" ");
  progress.print(`losses of the first steps: ${losses}; they differ by ${difference.toExponential(1)} at most`);

  const resnet = await onDevice(devices, (device) => trainResnet(device, effort));
  progress.print(`\nResNet-8, 32×32×3, batches of ${RESNET_BATCH}, SGD with momentum`);
  for (const line of table([resnet.result])) progress.print(line);
  progress.print(`its step: ${resnet.plan ?? "not recorded"}`);

  if (given.json !== undefined) {
    const record = {
      date: new Date().toISOString(),
      adapter: devices.adapter,
      node: process.version,
      processor: { model: cpus()[0]?.model, count: cpus().length },
      peer: given.peer,
      lenet: { batchSize: LENET_BATCH, results: lenetResults, largestLossDifference: difference },
      resnet8: { batchSize: RESNET_BATCH, ...resnet },
    };
    await writeFile(given.json, `${JSON.stringify(record, undefined, 2)}\n`);
  }
  // Written this way, NaN is not agreement.
  const agree = difference <= LOSS_TOLERANCE;
  if (!agree) console.error(`✗ the losses differ by ${difference}, expected at most ${LOSS_TOLERANCE}`);
  const finite = resnet.result.losses.every(Number.isFinite);
  if (!finite) console.error(`✗ ResNet-8's losses are ${resnet.result.losses.join(", ")}`);
  return agree && finite ? 0 : 1;
}

async function onDevice<Value>(devices: Devices, work: (device: OpenDevice) => Promise<Value>): Promise<Value> {
  const open = await devices.open();
  try {
    const value = await work(open);
    if (open.errors.length > 0) throw new Error(`the device: ${open.errors.join("; ")}`);
    return value;
  } finally {
    open.device.destroy();
  }
}

async function trainLenet({ gpu }: Devices, open: OpenDevice, { peer }: Arguments, effort: Effort): Promise<Result[]> {
  progress.show("reading MNIST");
  const { train } = await loadMnist();
  const examples = firstBatches(batches(train, { batchSize: LENET_BATCH, seed: 1 }), COMPARED_STEPS);
  const { device } = open;
  const build = async () => {
    const backend = await createBackend({ device });
    return { backend, model: new Sequential(lenet()).build(backend, { inputShape: [28, 28, 1], seed: 1 }) };
  };
  const recorded = await build();
  recorded.model.compile({ optimizer: new Adam(), loss: "softmaxCrossEntropy" });
  const called = await build();
  const trainees: Trainee[] = [
    new RecordedTrainee("recorded", recorded.backend, recorded.model, LENET_BATCH),
    new CalledTrainee("called", called.backend, called.model, new Adam()),
  ];
  if (peer) {
    const weights = [...recorded.model.trainable.values()].map(async (variable) => ({
      data: await variable.read(),
      shape: variable.shape,
    }));
    const tfjs = await tfjsTrainees(gpu, open, await Promise.all(weights));
    progress.print(`beside ${tfjs.name}`);
    trainees.push(...tfjs.trainees);
  }
  return measure(device, trainees, examples, effort);
}

async function trainResnet(
  { device }: OpenDevice,
  effort: Effort,
): Promise<{ readonly result: Result; readonly plan: StepPlan | undefined }> {
  const backend = await createBackend({ device });
  const model = new Sequential(resnet8()).build(backend, { inputShape: [32, 32, 3], seed: 1 });
  model.compile({ optimizer: new SGD({ learningRate: 0.01, momentum: 0.9 }), loss: "softmaxCrossEntropy" });
  const trainee = new RecordedTrainee("recorded", backend, model, RESNET_BATCH);
  const [result] = await measure(device, [trainee], randomBatches(RESNET_BATCH, COMPARED_STEPS), effort);
  if (!result) throw new Error("nothing was measured");
  return { result, plan: trainee.plan };
}

/** Runs the first steps of each trainee, then all trainees in turn. */
async function measure(
  device: GPUDevice,
  trainees: readonly Trainee[],
  examples: readonly Batch[],
  effort: Effort,
): Promise<Result[]> {
  const begun: { readonly firstStep: number; readonly losses: readonly number[] }[] = [];
  for (const trainee of trainees) {
    progress.show(`${trainee.name}: the first steps`);
    const losses: number[] = [];
    const start = performance.now();
    await trainee.prepare?.();
    let firstStep = 0;
    for (const batch of examples) {
      trainee.step(batch);
      trainee.submit();
      await workDone(device);
      losses.push(await trainee.loss());
      if (losses.length === 1) firstStep = performance.now() - start;
    }
    begun.push({ firstStep, losses });
    progress.finished(`${trainee.name}: first step ${formatNumber(firstStep)} ms`);
  }
  progress.show(`${effort.mostRounds} rounds of ${trainees.map(({ name }) => name).join(", ")}`);
  const timings = await timeInterleaved(
    device,
    trainees.map((trainee) => stepsOver(trainee, examples)),
    effort,
  );
  for (const trainee of trainees) await trainee.close();
  const batchSize = examples[0]?.size ?? 0;
  return trainees.flatMap(({ name }, i) => {
    const [start, timing] = [begun[i], timings[i]];
    return start && timing ? [{ name, ...start, timing, imagesPerSecond: (1000 * batchSize) / timing.median }] : [];
  });
}

/** The largest difference between losses of the same step; NaN if a loss is NaN. */
function largestDifference(results: readonly Result[]): number {
  const spreads = Array.from({ length: COMPARED_STEPS }, (_, step) => {
    const losses = results.map(({ losses: all }) => all[step] ?? Number.NaN);
    return Math.max(...losses) - Math.min(...losses);
  });
  return Math.max(...spreads);
}

function table(results: readonly Result[]): string[] {
  const first = results[0]?.imagesPerSecond ?? Number.NaN;
  const isComparison = results.length > 1;
  const lines = [
    ["", "images/s", "ms a step", "first step ms", ...(isComparison ? ["recorded / this"] : [])],
    ...results.map(({ name, imagesPerSecond, timing, firstStep }) => [
      name,
      formatNumber(imagesPerSecond),
      formatNumber(timing.median),
      formatNumber(firstStep),
      ...(isComparison ? [formatNumber(first / imagesPerSecond)] : []),
    ]),
  ];
  return lines.map(([name = "", ...cells]) => name.padEnd(12) + cells.map((cell) => cell.padStart(17)).join(""));
}

function firstBatches(all: Iterable<Batch>, count: number): Batch[] {
  const first: Batch[] = [];
  for (const batch of all) {
    first.push(batch);
    if (first.length === count) break;
  }
  return first;
}

function randomBatches(size: number, count: number): Batch[] {
  const random = new RandomNumbers(1);
  const shape = [size, 32, 32, 3];
  return Array.from({ length: count }, (_, index) => ({
    index,
    size,
    shape,
    x: Float32Array.from({ length: size * 32 * 32 * 3 }, () => random.normal()),
    labels: Float32Array.from({ length: size }, () => random.integer(10)),
  }));
}
