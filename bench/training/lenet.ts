import { createBackend } from "webgpu-cnn";
import { batches } from "webgpu-cnn/io";
import { Adam, Sequential } from "webgpu-cnn/nn";
import { loadMnist } from "../../demo/mnist.js";
import type { Progress } from "../progress.js";
import type { Effort } from "../timing.js";
import { firstBatches } from "./batches.js";
import type { Host } from "./host.js";
import { CalledTrainee, RecordedTrainee } from "./library.js";
import { firstLosses, measureTrainees } from "./measure.js";
import { lenet } from "./networks.js";
import { largestDifference, lossProblem, type Result, resultLines } from "./results.js";
import type { TrainingStand } from "./stand.js";
import type { Trainee } from "./trainee.js";

const BATCH = 64;
const COMPARED_STEPS = 10;
/** The CPU reference is slow. */
const REFERENCE_STEPS = 3;
const REFERENCE: Host = {
  openBackend: () => createBackend({ kind: "cpu" }),
  finish: (backend) => backend.settled(),
};

/** What training the LeNet gave. */
export interface LenetResult {
  readonly batchSize: number;
  /** The first is the library's recorded step. */
  readonly results: readonly Result[];
  /** Between trainees, in one step. */
  readonly largestLossDifference: number;
  /** From the losses of the CPU reference in the first steps. */
  readonly fromReference: number;
}

/** Trains a LeNet on MNIST, recorded and called, beside the peers of the stand. */
export async function trainLenet(
  { library, peer, lenetPeers }: TrainingStand,
  effort: Effort,
  progress: Progress,
): Promise<LenetResult> {
  progress.show("reading MNIST");
  const { train } = await loadMnist();
  const examples = firstBatches(batches(train, { batchSize: BATCH, seed: 1 }), COMPARED_STEPS);
  const build = async (host: Host) => {
    const backend = await host.openBackend();
    return { backend, model: new Sequential(lenet()).build(backend, { inputShape: [28, 28, 1], seed: 1 }) };
  };
  const called = async (name: string, host: Host) => {
    const { backend, model } = await build(host);
    return new CalledTrainee(name, host, backend, model, new Adam());
  };
  const recorded = async (name: string, host: Host) => {
    const { backend, model } = await build(host);
    return { model, trainee: new RecordedTrainee(name, host, backend, model, new Adam(), [BATCH, 28, 28, 1]) };
  };

  progress.show("LeNet: the losses of the CPU reference");
  const reference = await called("reference", REFERENCE);
  const expected = await firstLosses(reference, examples.slice(0, REFERENCE_STEPS));
  await reference.close();

  const { model, trainee } = await recorded("recorded", library);
  const trainees: Trainee[] = [trainee, await called("called", library)];
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
  const results = await measureTrainees(trainees, examples, effort, progress);
  return {
    batchSize: BATCH,
    results,
    largestLossDifference: largestDifference(results.map(({ losses }) => losses)),
    fromReference: Math.max(
      ...results.map(({ losses }) => largestDifference([losses.slice(0, REFERENCE_STEPS), expected])),
    ),
  };
}

/** The result as lines. */
export function lenetLines({ batchSize, results, largestLossDifference, fromReference }: LenetResult): string[] {
  const losses = (results[0]?.losses ?? []).map((loss) => loss.toFixed(4)).join(" ");
  return [
    `LeNet, 28×28×1, batches of ${batchSize}, Adam`,
    ...resultLines(results),
    `losses of the first steps: ${losses}; they differ by ${largestLossDifference.toExponential(1)} at most, and by ${fromReference.toExponential(1)} from the CPU reference's`,
  ];
}

/** What is wrong with the losses; undefined if they agree. */
export function lenetProblem({ largestLossDifference, fromReference }: LenetResult): string | undefined {
  return lossProblem("LeNet", Math.max(largestLossDifference, fromReference));
}
