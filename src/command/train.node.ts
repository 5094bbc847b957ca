import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createBackend } from "../backend/createBackend.node.js";
import { show } from "../core/errors.js";
import { unlessAborted } from "../distributed/abort.js";
import {
  deleteJob,
  type RoundReport,
  type ServerOptions,
  type TrainDistributedOptions,
  trainDistributed,
} from "../distributed/index.node.js";
import { OPERATOR, readTrainOptions, type TrainPlan } from "../distributed/trainOptions.js";
import { PATIENCE } from "../distributed/worker.js";
import { workerClass } from "../distributed/workerClass.js";
import { saveCheckpoint } from "../io/checkpoint.node.js";
import { trainingOf } from "../nn/training/distributedTraining.js";
import { inOwnWords } from "./advice.js";
import type { TrainArguments } from "./arguments.node.js";
import { describeBackend } from "./backendText.js";
import { UsageError } from "./commandLine.node.js";
import { ConnectionState } from "./connectionState.js";
import { readData } from "./data.node.js";
import { result, several } from "./formats.js";
import { backendOf, dataOf, openJobFile } from "./jobFile.node.js";
import type { Screen } from "./liveArea.js";
import { makeModel } from "./model.node.js";
import { checkedServer, serverOptions } from "./serverOptions.node.js";
import { StopRequest } from "./stopping.node.js";
import { readTraining } from "./trainingOptions.js";
import { TrainView } from "./trainView.js";
import type { Paint } from "./workerTable.js";

/** Milliseconds in which workers see that the job is done. To them, a job that is not there any more has failed. */
const WORKERS_END = 1000 * (2 * PATIENCE + 1);

/** Leads a job until it is done. Everything is checked before anything is published. @returns the exit status */
export async function train(given: TrainArguments, screen: Screen, paint: Paint): Promise<number> {
  const file = await openJobFile(given.config, given.overrides);
  const server = await serverOptions(given.server, process.env, file);
  checkedServer(server);
  const training = readTraining(file.options);
  const { kind, threads } = backendOf(file);
  if (given.output !== undefined) await checkOutput(given.output);
  const data = await readData(dataOf(file, "data"));
  const isValidated = file.options.given("validationData") !== undefined;
  const validationData = isValidated ? await readData(dataOf(file, "validationData")) : undefined;
  const backend = await createBackend({ kind, threads });
  const stop = new StopRequest();
  try {
    const model = await makeModel(file, backend);
    const options: TrainDistributedOptions = { ...server, ...training, model, data, validationData };
    // An earlier job must not be lost for one that cannot begin, and a wait for servers must not come first.
    const plan = readTrainOptions(options);
    trainingOf(model, OPERATOR).examples(data, OPERATOR);
    const clock = () => performance.now();
    const connection = new ConnectionState({ servers: server.servers, timeout: plan.server.timeout }, clock);
    const view = new TrainView(screen, paint, connection, clock);
    for (const line of warningsFor(plan)) view.log(line);
    return await lead({ given, options, plan, view, stop });
  } finally {
    stop.end();
    backend.destroy();
  }
}

interface Lead {
  readonly given: TrainArguments;
  readonly options: TrainDistributedOptions;
  readonly plan: TrainPlan;
  readonly view: TrainView;
  readonly stop: StopRequest;
}

/** @returns the exit status */
async function lead({ given, options, plan, view, stop }: Lead): Promise<number> {
  const { signal } = stop;
  const { job, authentication, tls, timeout } = options;
  const server: ServerOptions = {
    ...{ servers: options.servers, job, authentication, tls, timeout },
    onConnection: view.onConnection,
  };
  let phase: "before" | "leading" | "done" = "before";
  try {
    view.connect();
    if (given.restart) await unlessAborted(deleteJob(server), signal);
    const run = await trainDistributed({ ...options, ...server, signal });
    phase = "leading";
    const { backend } = plan.model;
    view.log(
      `leading the job ${job}, of the class ${show(workerClass(backend))}; averaging on ${describeBackend(backend)}`,
    );
    view.begin({ ...plan, workers: () => run.workers, advice: joiningAdvice(server, given) });
    let last: RoundReport | undefined;
    for await (const report of run) {
      last = report;
      view.report(report);
    }
    view.end();
    phase = "done";
    view.log(
      last ? `done: ${summary(last)}` : `the job ${job} was done already; add --restart to train the model again`,
    );
    if (given.output !== undefined) {
      await saveCheckpoint(given.output, await plan.model.save());
      view.log(`wrote ${given.output}`);
    }
    if (given.delete) {
      await pause(WORKERS_END, undefined, { signal });
      await unlessAborted(deleteJob(server), signal);
      view.log(`removed the job ${job} from the servers`);
    }
    return 0;
  } catch (error) {
    view.end();
    if (!stop.isCauseOf(error)) throw inOwnWords(error, "train", server);
    const what = {
      before: "stopped",
      leading: `stopped; the job ${job} stays on the servers, and the same command${given.restart ? " without --restart" : ""} goes on with it`,
      done: `stopped; the job ${job} is done, and stays on the servers`,
    };
    view.log(what[phase]);
    return stop.status;
  }
}

/** What the user should know of options that are valid. */
function warningsFor({ replicas, batchSize }: TrainPlan): readonly string[] {
  if (replicas <= batchSize) return [];
  const idle = replicas - batchSize;
  return [
    `warning: replicas is ${replicas} and batchSize is ${batchSize}, so ${several(idle, "replica")} of each step ${idle === 1 ? "has" : "have"} no examples; raise batchSize, or lower replicas`,
  ];
}

/** The training must not be lost at its end. @throws (rejects with) UsageError */
async function checkOutput(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`--output is "${path}", but the folder ${folder} is not there or cannot be written`, {
      cause,
    });
  }
}

function joiningAdvice({ servers, job }: ServerOptions, { config }: TrainArguments): string {
  return `workers join with: npx webgpu-cnn worker --servers ${[servers].flat().join(",")} --job ${job} --data ${config}`;
}

function summary({ rounds, loss, metrics, validation }: RoundReport): string {
  const results = Object.entries({ loss, ...metrics }).map(([name, value]) => result(name, value));
  const validated = Object.entries(validation ? { loss: validation.loss, ...validation.metrics } : {});
  const after =
    validated.length > 0 ? [`validation ${validated.map(([name, value]) => result(name, value)).join(", ")}`] : [];
  return [`${rounds} rounds`, `last round ${results.join(", ")}`, ...after].join("; ");
}
