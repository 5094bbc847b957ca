/**
 * Measures the speed of training: a LeNet on MNIST, with `--peer` beside a peer, and a ResNet-8 for pictures of CIFAR's size.
 * npm run bench:training
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { type Batch, batches } from "webgpu-cnn/io";
import { Adam, Sequential, SGD } from "webgpu-cnn/nn";
import { loadMnist } from "../demo/mnist.js";
import type { StepPlan } from "../src/core/backend.js";
import { UsageError } from "./arguments.js";
import { formatNumber } from "./format.js";
import { PeerMissingError } from "./peers/missing.js";
import { Progress } from "./progress.js";
import { type Effort, timeInterleaved, wallClock } from "./timing.js";
import { type Arguments, readArguments, USAGE } from "./training/arguments.js";
import { firstBatches, randomBatches } from "./training/batches.js";
import type { Host } from "./training/host.js";
import { CalledTrainee, RecordedTrainee } from "./training/library.js";
import { lenet, resnet8 } from "./training/networks.js";
import { openPlatform, type TrainingPlatform, type TrainingStand } from "./training/platforms.js";
import { largestDifference, type Result, resultLines } from "./training/results.js";
import { stepsOver, type Trainee } from "./training/trainee.js";

const LENET_BATCH = 64;
const RESNET_BATCH = 32;
const COMPARED_STEPS = 10;
/** Sums in another order are rounded differently, and the differences grow from step to step. */
const LOSS_TOLERANCE = 1e-3;

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
  const platform = await openPlatform(given.target);
  progress.print(platform.title);
  // One round for each requested step, however long they take.
  const effort: Effort = {
    fewestRounds: given.steps,
    mostRounds: given.steps,
    milliseconds: Number.POSITIVE_INFINITY,
    clock: wallClock,
  };

  const lenetResults = await onStand(platform, (stand) => trainLenet(stand, effort));
  const difference = largestDifference(lenetResults);
  progress.print(`\nLeNet, 28×28×1, batches of ${LENET_BATCH}, Adam`);
  for (const line of resultLines(lenetResults)) progress.print(line);
  const losses = (lenetResults[0]?.losses ?? []).map((loss) => loss.toFixed(4)).join(" ");
  progress.print(`losses of the first steps: ${losses}; they differ by ${difference.toExponential(1)} at most`);

  const resnet = await onStand(platform, (stand) => trainResnet(stand, effort));
  progress.print(`\nResNet-8, 32×32×3, batches of ${RESNET_BATCH}, SGD with momentum`);
  for (const line of resultLines(resnet.results)) progress.print(line);
  if (resnet.results.length > 1) {
    const apart = largestDifference(resnet.results).toExponential(1);
    progress.print(`losses of the first steps differ by ${apart} at most`);
  }
  progress.print(`its step: ${resnet.plan ?? "not recorded"}`);

  if (given.json !== undefined) {
    const record = {
      date: new Date().toISOString(),
      ...platform.record,
      node: process.version,
      processor: { model: cpus()[0]?.model, count: cpus().length },
      lenet: { batchSize: LENET_BATCH, results: lenetResults, largestLossDifference: difference },
      resnet8: { batchSize: RESNET_BATCH, ...resnet },
    };
    await writeFile(given.json, `${JSON.stringify(record, undefined, 2)}\n`);
  }
  // Written this way, NaN is not agreement.
  const agree = difference <= LOSS_TOLERANCE;
  if (!agree) console.error(`✗ the losses differ by ${difference}, expected at most ${LOSS_TOLERANCE}`);
  const resnetLosses = resnet.results.flatMap(({ losses }) => losses);
  const finite = resnetLosses.every(Number.isFinite);
  if (!finite) console.error(`✗ ResNet-8's losses are ${resnetLosses.join(", ")}`);
  return agree && finite ? 0 : 1;
}

async function onStand<Value>(
  platform: TrainingPlatform,
  work: (stand: TrainingStand) => Promise<Value>,
): Promise<Value> {
  const stand = await platform.open();
  try {
    const value = await work(stand);
    if (stand.errors.length > 0) throw new Error(`the device: ${stand.errors.join("; ")}`);
    return value;
  } finally {
    stand.close();
  }
}

async function trainLenet({ library, peer, lenetPeers }: TrainingStand, effort: Effort): Promise<Result[]> {
  progress.show("reading MNIST");
  const { train } = await loadMnist();
  const examples = firstBatches(batches(train, { batchSize: LENET_BATCH, seed: 1 }), COMPARED_STEPS);
  const build = async (host: Host) => {
    const backend = await host.openBackend();
    return { backend, model: new Sequential(lenet()).build(backend, { inputShape: [28, 28, 1], seed: 1 }) };
  };
  const recorded = async (name: string, host: Host) => {
    const { backend, model } = await build(host);
    const shape = [LENET_BATCH, 28, 28, 1];
    return { model, trainee: new RecordedTrainee(name, host, backend, model, new Adam(), shape) };
  };
  const { model, trainee } = await recorded("recorded", library);
  const called = await build(library);
  const trainees: Trainee[] = [trainee, new CalledTrainee("called", library, called.backend, called.model, new Adam())];
  if (peer) trainees.push((await recorded(peer.name, peer.host)).trainee);
  if (lenetPeers) {
    const weights = [...model.trainableWeights.values()].map(async (variable) => ({
      data: await variable.read(),
      shape: variable.shape,
    }));
    const others = await lenetPeers(await Promise.all(weights));
    progress.print(`beside ${others.name}`);
    trainees.push(...others.trainees);
  }
  return measure(trainees, examples, effort);
}

async function trainResnet(
  { library, peer }: TrainingStand,
  effort: Effort,
): Promise<{ readonly results: readonly Result[]; readonly plan: StepPlan | undefined }> {
  const recorded = async (name: string, host: Host) => {
    const backend = await host.openBackend();
    const model = new Sequential(resnet8()).build(backend, { inputShape: [32, 32, 3], seed: 1 });
    const optimizer = new SGD({ learningRate: 0.01, momentum: 0.9 });
    return new RecordedTrainee(name, host, backend, model, optimizer, [RESNET_BATCH, 32, 32, 3]);
  };
  const trainee = await recorded("recorded", library);
  const trainees = peer ? [trainee, await recorded(peer.name, peer.host)] : [trainee];
  const results = await measure(trainees, randomBatches(RESNET_BATCH, COMPARED_STEPS), effort);
  return { results, plan: trainee.plan };
}

/** Runs the first steps of each trainee, then all trainees in turn. */
async function measure(trainees: readonly Trainee[], examples: readonly Batch[], effort: Effort): Promise<Result[]> {
  const begun: { readonly firstStep: number; readonly losses: readonly number[] }[] = [];
  for (const trainee of trainees) {
    progress.show(`${trainee.name}: the first steps`);
    const losses: number[] = [];
    const start = performance.now();
    await trainee.prepare?.();
    let firstStep = 0;
    for (const batch of examples) {
      trainee.step(batch);
      await trainee.finish();
      losses.push(await trainee.loss());
      if (losses.length === 1) firstStep = performance.now() - start;
    }
    begun.push({ firstStep, losses });
    progress.finished(`${trainee.name}: first step ${formatNumber(firstStep)} ms`);
  }
  progress.show(`${effort.mostRounds} rounds of ${trainees.map(({ name }) => name).join(", ")}`);
  const timings = await timeInterleaved(
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
