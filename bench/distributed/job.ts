import { isDeepStrictEqual } from "node:util";
import type { Backend } from "webgpu-cnn";
import { deleteJob, type RoundReport, trainDistributed } from "webgpu-cnn/distributed";
import type { Optimizer, Sequential } from "webgpu-cnn/nn";
import { type Values, valuesOf } from "../../test/distributed/support/plainRounds.js";
import { type Span, timeCalls } from "./spans.js";
import type { Task } from "./tasks.js";
import { WorkerProcess, type WorkerResult } from "./workers.js";

/** A training on this machine. */
export interface JobOptions {
  readonly servers: string;
  readonly task: Task;
  /** Another one than the task's. */
  readonly optimizer?: () => Optimizer;
  /** The number of examples, from the first on. */
  readonly examples: number;
  readonly workers: number;
  readonly replicas: number;
  readonly localSteps: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly precision: "float32" | "float16";
  /** Called after each round, with the model as it is then. */
  readonly onRound?: (report: RoundReport, model: Sequential) => Promise<void>;
}

/** What a training gave. */
export interface JobResult {
  readonly reports: readonly RoundReport[];
  /** Of the coordinator, which is this process. */
  readonly spans: readonly Span[];
  readonly workers: readonly WorkerResult[];
  /** The weights after the last round. */
  readonly values: Values;
}

const spans = timeCalls();
let jobs = 0;

/** Trains with workers in processes of their own. This process is the coordinator. */
export async function runJob(backend: Backend, options: JobOptions): Promise<JobResult> {
  const { servers, task, optimizer, examples, epochs, onRound } = options;
  const where = { servers, job: `bench-${++jobs}` };
  const data = await task.data(examples);
  const model = compiled(backend, task, optimizer);
  const workers = Array.from(
    { length: options.workers },
    () => new WorkerProcess({ ...where, task: task.name, examples }),
  );
  try {
    // All of them are there when the first round begins.
    await Promise.all(workers.map(({ waiting }) => waiting));
    spans.length = 0;
    const { replicas, localSteps, batchSize, precision } = options;
    const run = await trainDistributed({
      ...{ ...where, model, data, replicas, localSteps, epochs, batchSize, precision },
      seed: 1,
    });
    const reports: RoundReport[] = [];
    for await (const report of run) {
      reports.push(report);
      await onRound?.(report, model);
    }
    const results = await Promise.all(workers.map(({ done }) => done));
    return { reports, spans: [...spans], workers: results, values: await valuesOf(model.weights) };
  } finally {
    for (const worker of workers) worker.stop();
    model.dispose();
    await deleteJob(where);
  }
}

/** The task's model. @param optimizer another one than the task's */
export function compiled(backend: Backend, task: Task, optimizer: () => Optimizer = task.optimizer): Sequential {
  const model = task.model(backend);
  return model.compile({ optimizer: optimizer(), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}

/** Whether two trainings ended with the same bits. */
export function sameBits(a: Values, b: Values): boolean {
  const bits = (values: Values) =>
    [...values].map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      new Uint8Array(buffer, byteOffset, byteLength),
    ]);
  return isDeepStrictEqual(bits(a), bits(b));
}
