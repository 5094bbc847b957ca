import { Sequential, SGD } from "webgpu-cnn/nn";
import type { StepPlan } from "../../src/core/inspection.js";
import type { Progress } from "../progress.js";
import type { Effort } from "../timing.js";
import { randomBatches } from "./batches.js";
import type { Host } from "./host.js";
import { RecordedTrainee } from "./library.js";
import { measureTrainees } from "./measure.js";
import { resnet8 } from "./networks.js";
import { largestDifference, lossProblem, type Result, resultLines } from "./results.js";
import type { TrainingStand } from "./stand.js";

const BATCH = 32;
const COMPARED_STEPS = 10;

/** What training the ResNet-8 gave. */
export interface ResnetResult {
  readonly batchSize: number;
  readonly results: readonly Result[];
  /** Between trainees, in one step. 0 without a peer. */
  readonly largestLossDifference: number;
  /** The plan of the library's step. */
  readonly plan: StepPlan | undefined;
}

/** Trains a ResNet-8 on random pictures of CIFAR's size, beside the library on something else if the stand has it. */
export async function trainResnet(
  { library, peer }: TrainingStand,
  effort: Effort,
  progress: Progress,
): Promise<ResnetResult> {
  const recorded = async (name: string, host: Host) => {
    const backend = await host.openBackend();
    const model = new Sequential(resnet8()).build(backend, { inputShape: [32, 32, 3], seed: 1 });
    const optimizer = new SGD({ learningRate: 0.01, momentum: 0.9 });
    return new RecordedTrainee(name, host, backend, model, optimizer, [BATCH, 32, 32, 3]);
  };
  const trainee = await recorded("recorded", library);
  const trainees = peer ? [trainee, await recorded(peer.name, peer.host)] : [trainee];
  const results = await measureTrainees(trainees, randomBatches(BATCH, COMPARED_STEPS), effort, progress);
  return {
    batchSize: BATCH,
    results,
    largestLossDifference: largestDifference(results.map(({ losses }) => losses)),
    plan: trainee.plan,
  };
}

/** The result as lines. */
export function resnetLines({ batchSize, results, largestLossDifference, plan }: ResnetResult): string[] {
  return [
    `ResNet-8, 32×32×3, batches of ${batchSize}, SGD with momentum`,
    ...resultLines(results),
    ...(results.length > 1
      ? [`losses of the first steps differ by ${largestLossDifference.toExponential(1)} at most`]
      : []),
    `its step: ${plan ?? "not recorded"}`,
  ];
}

/** What is wrong with the losses; undefined if they agree. */
export function resnetProblem({ largestLossDifference }: ResnetResult): string | undefined {
  return lossProblem("ResNet-8", largestLossDifference);
}
