import type { Backend } from "webgpu-cnn";
import { Adam, type Optimizer, SGD } from "webgpu-cnn/nn";
import { loadMnist } from "../../demo/mnist.js";
import type { Progress } from "../progress.js";
import { compiled, runJob } from "./job.js";
import { TASKS } from "./tasks.js";

/** What one way to train reached. */
export interface AccuracyResult {
  readonly optimizer: string;
  /** "fit", or the number of local steps. */
  readonly way: "fit" | number;
  /** The share of MNIST's test digits that the network gets right. */
  readonly accuracy: number;
  /** What the coordinator sent and received. 0 for `fit`. */
  readonly bytes: number;
  readonly rounds: number;
  readonly seconds: number;
}

const BATCH = 64;
const REPLICAS = 8;
const LOCAL_STEPS = [1, 8] as const;
/** Local steps may cost this much accuracy. */
const TOLERANCE = 0.003;

const OPTIMIZERS: readonly { readonly name: string; readonly make: () => Optimizer; readonly holds: boolean }[] = [
  { name: "SGD, 0.1", make: () => new SGD({ learningRate: 0.1 }), holds: true },
  { name: "SGD, 0.05, momentum 0.9", make: () => new SGD({ learningRate: 0.05, momentum: 0.9 }), holds: true },
  // Its moments begin anew in each round, and eight steps are too few for them.
  { name: "Adam, 0.001", make: () => new Adam(), holds: false },
];

/** Trains a LeNet on MNIST by `fit`, and by workers with one and with eight local steps, from the same weights. */
export async function measureAccuracy(
  servers: string,
  backend: Backend,
  { examples, epochs }: { readonly examples: number; readonly epochs: number },
  progress: Progress,
): Promise<readonly AccuracyResult[]> {
  const task = TASKS.lenet;
  const data = await task.data(examples);
  const { test } = await loadMnist();
  const results: AccuracyResult[] = [];
  const add = (result: AccuracyResult) => {
    results.push(result);
    for (const line of accuracyLines(results).slice(results.length === 1 ? 0 : -1)) progress.print(line);
  };
  for (const { name: optimizer, make } of OPTIMIZERS) {
    progress.show(`LeNet, ${optimizer}: fit`);
    const start = performance.now();
    const model = compiled(backend, task, make);
    await model.fit(data, { epochs, batchSize: BATCH, seed: 1 });
    const seconds = (performance.now() - start) / 1000;
    const accuracyOf = async () => (await model.evaluate(test, { batchSize: 250 })).metrics["accuracy"] ?? Number.NaN;
    add({ optimizer, way: "fit", accuracy: await accuracyOf(), bytes: 0, rounds: 0, seconds });
    for (const localSteps of LOCAL_STEPS) {
      progress.show(`LeNet, ${optimizer}: ${localSteps} local steps`);
      const division = { workers: 2, replicas: REPLICAS, localSteps, epochs, batchSize: BATCH };
      const { reports, values } = await runJob(backend, {
        ...{ ...division, servers, task, optimizer: make, examples, precision: "float32" },
      });
      for (const [name, variable] of model.weights) variable.write(values.get(name) ?? []);
      add({
        ...{ optimizer, way: localSteps, accuracy: await accuracyOf(), rounds: reports.length },
        bytes: reports.reduce((sum, { bytes }) => sum + bytes.sent + bytes.received, 0),
        seconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
      });
    }
    model.dispose();
  }
  return results;
}

/** The results as lines of a table. */
export function accuracyLines(results: readonly AccuracyResult[]): string[] {
  const rows = results.map((result) => {
    const { optimizer, way, accuracy, bytes, rounds, seconds } = result;
    const fit = ofWay(results, optimizer, "fit");
    const one = ofWay(results, optimizer, 1);
    return [
      optimizer.padEnd(24),
      (way === "fit" ? "fit" : `${way} local ${way === 1 ? "step" : "steps"}`).padEnd(14),
      `${(100 * accuracy).toFixed(2)} %`.padStart(9),
      (way === "fit" || !fit ? "" : `${(100 * (accuracy - fit.accuracy)).toFixed(2)} %`).padStart(9),
      (rounds === 0 ? "" : String(rounds)).padStart(7),
      (bytes === 0 ? "" : `${(bytes / 1e6).toFixed(0)} MB`).padStart(9),
      (bytes === 0 || !one ? "" : (bytes / one.bytes).toFixed(3)).padStart(8),
      `${seconds.toFixed(0)} s`.padStart(7),
    ].join("  ");
  });
  const heading = [
    "optimizer".padEnd(24),
    "way".padEnd(14),
    " accuracy",
    "   to fit",
    " rounds",
    "  traffic",
    "  to one",
    "   time",
  ];
  return [heading.join("  "), ...rows];
}

/** What is wrong; nothing if eight local steps are within the tolerance of `fit`, where that is expected. */
export function accuracyProblems(results: readonly AccuracyResult[]): string[] {
  return OPTIMIZERS.flatMap(({ name, holds }) => {
    const [fit, local] = [ofWay(results, name, "fit"), ofWay(results, name, 8)];
    const isNear = fit && local && local.accuracy >= fit.accuracy - TOLERANCE;
    return isNear || !holds ? [] : [`LeNet, ${name}: 8 local steps are not within ${100 * TOLERANCE} % of fit`];
  });
}

function ofWay(results: readonly AccuracyResult[], optimizer: string, way: "fit" | number): AccuracyResult | undefined {
  return results.find((result) => result.optimizer === optimizer && result.way === way);
}
