import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createBackend } from "../backend/createBackend.node.js";
import { show } from "../core/errors.js";
import {
  deleteJob,
  type RoundReport,
  type ServerOptions,
  type TrainDistributedOptions,
  trainDistributed,
} from "../distributed/index.node.js";
import { OPERATOR, readTrainOptions } from "../distributed/trainOptions.js";
import { PATIENCE } from "../distributed/worker.js";
import { workerClass } from "../distributed/workerClass.js";
import { saveCheckpoint } from "../io/checkpoint.node.js";
import { trainingOf } from "../nn/training/distributedTraining.js";
import type { TrainArguments } from "./arguments.node.js";
import { describeBackend } from "./backendText.js";
import { UsageError } from "./commandLine.node.js";
import { readData } from "./data.node.js";
import { result } from "./formats.js";
import { backendOf, dataOf, openJobFile } from "./jobFile.node.js";
import type { Screen } from "./liveArea.js";
import { makeModel } from "./model.node.js";
import { serverOptions } from "./serverOptions.node.js";
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
  const training = readTraining(file.options);
  const { kind, threads } = backendOf(file);
  if (given.output !== undefined) await checkOutput(given.output);
  const data = await readData(dataOf(file, "data"));
  const isValidated = file.options.given("validationData") !== undefined;
  const validationData = isValidated ? await readData(dataOf(file, "validationData")) : undefined;
  const backend = await createBackend({ kind, threads });
  const stop = new StopRequest();
  const { signal } = stop;
  const view = new TrainView(screen, paint, adviceFor(server, given));
  try {
    const model = await makeModel(file, backend);
    const options: TrainDistributedOptions = { ...server, ...training, model, data, validationData, signal };
    if (given.restart) {
      // The earlier job must not be lost for one that cannot begin.
      readTrainOptions(options);
      trainingOf(model, OPERATOR).examples(data, OPERATOR);
      await deleteJob(server);
    }
    view.log(
      `leading the job ${server.job} on ${[server.servers].flat().join(", ")}, of the class ${show(workerClass(backend))}; averaging on ${describeBackend(backend)}`,
    );
    const run = await trainDistributed(options);
    view.begin(() => run.workers);
    let last: RoundReport | undefined;
    for await (const report of run) {
      last = report;
      view.report(report);
    }
    view.end();
    view.log(last ? `done: ${summary(last)}` : `the job ${server.job} was done already`);
    if (given.output !== undefined) {
      await saveCheckpoint(given.output, await model.save());
      view.log(`wrote ${given.output}`);
    }
    if (given.delete) {
      await pause(WORKERS_END, undefined, { signal });
      await deleteJob(server);
      view.log(`removed the job ${server.job} from the servers`);
    }
    return 0;
  } catch (error) {
    view.end();
    if (!stop.isCauseOf(error)) throw error;
    view.log(
      `stopped; the job ${server.job} stays on the servers, and the same command${given.restart ? " without --restart" : ""} goes on with it`,
    );
    return stop.status;
  } finally {
    stop.end();
    backend.destroy();
  }
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

function adviceFor({ servers, job }: ServerOptions, { config }: TrainArguments): string {
  return `workers join with: npx webgpu-cnn worker --servers ${[servers].flat().join(",")} --job ${job} --data ${config}`;
}

function summary({ rounds, loss, metrics, validation }: RoundReport): string {
  const results = Object.entries({ loss, ...metrics }).map(([name, value]) => result(name, value));
  const validated = Object.entries(validation ? { loss: validation.loss, ...validation.metrics } : {});
  const after =
    validated.length > 0 ? [`validation ${validated.map(([name, value]) => result(name, value)).join(", ")}`] : [];
  return [`${rounds} rounds`, `last round ${results.join(", ")}`, ...after].join("; ");
}
