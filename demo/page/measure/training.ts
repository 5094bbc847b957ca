/** How many pictures a second a LeNet learns from. */
import { createBackend } from "webgpu-cnn";
import type { Batch } from "webgpu-cnn/io";
import { Adam, Sequential } from "webgpu-cnn/nn";
import { type Effort, timeInterleaved } from "../../../bench/timing.js";
import type { Host } from "../../../bench/training/host.js";
import { CalledTrainee, RecordedTrainee } from "../../../bench/training/library.js";
import { firstLosses } from "../../../bench/training/measure.js";
import { lenet } from "../../../bench/training/networks.js";
import { largestDifference, lossProblem } from "../../../bench/training/results.js";
import { stepsOver } from "../../../bench/training/trainee.js";
import { mulberry32 } from "../../../test/support/random.js";
import type { Kind, MeasuredTraining } from "./measurements.js";
import type { Stand } from "./stands.js";

const BATCH = 64;
const BATCHES = 4;
const SIDE = 28;
const CLASSES = 10;
/** The reference is slow. */
const COMPARED_STEPS = 2;
const REFERENCE: Host = {
  openBackend: () => createBackend({ kind: "cpu" }),
  finish: (backend) => backend.settled(),
};

/** @throws (rejects with) Error if the losses differ */
export async function trainLeNet(stands: readonly Stand[], effort: Effort): Promise<MeasuredTraining> {
  const batches = noise();
  const build = async (host: Host) => {
    const backend = await host.openBackend();
    const model = new Sequential(lenet()).build(backend, { inputShape: [SIDE, SIDE, 1], seed: 1 });
    return { host, backend, model };
  };
  const reference = await build(REFERENCE);
  const called = new CalledTrainee("reference", reference.host, reference.backend, reference.model, new Adam());
  const losses = [await firstLosses(called, batches.slice(0, COMPARED_STEPS))];
  await called.close();
  const picturesPerSecond: Partial<Record<Kind, number>> = {};
  for (const stand of stands) {
    const host: Host = { openBackend: () => stand.open(), finish: (backend) => stand.finish(backend) };
    const { backend, model } = await build(host);
    const trainee = new RecordedTrainee(stand.kind, host, backend, model, new Adam(), [BATCH, SIDE, SIDE, 1]);
    losses.push(await firstLosses(trainee, batches.slice(0, COMPARED_STEPS)));
    const [timing] = await timeInterleaved([stepsOver(trainee, batches)], effort);
    await trainee.close();
    stand.check();
    if (timing) picturesPerSecond[stand.kind] = (1000 * BATCH) / timing.median;
  }
  const largestLossDifference = largestDifference(losses);
  const problem = lossProblem("LeNet", largestLossDifference);
  if (problem) throw new Error(problem);
  return { picturesPerSecond, largestLossDifference };
}

/** Pictures of noise: how long a step takes does not depend on what is in them. */
function noise(): Batch[] {
  const next = mulberry32(1);
  return Array.from({ length: BATCHES }, (_, index) => ({
    index,
    size: BATCH,
    shape: [BATCH, SIDE, SIDE, 1],
    x: Float32Array.from({ length: BATCH * SIDE * SIDE }, next),
    labels: Float32Array.from({ length: BATCH }, () => Math.floor(CLASSES * next())),
  }));
}
