import { OptionReader } from "../core/options.js";
import { Coordinator } from "./coordinator.js";
import type { Connect } from "./nats/connect.js";
import { JobServer } from "./nats/jobServer.js";
import { readServerOptions, SERVER_OPTION_NAMES, type ServerOptions } from "./nats/serverOptions.js";
import { DistributedRun } from "./run.js";
import { readTrainOptions, type TrainDistributedOptions } from "./trainOptions.js";
import { Worker } from "./worker.js";
import { readWorkOptions, type WorkDistributedOptions, type WorkSummary } from "./workOptions.js";

/** Of those who give no signal. */
const NEVER = new AbortController().signal;

/** `trainDistributed`, over a kind of connection. */
export async function trainOver(connect: Connect, options: TrainDistributedOptions): Promise<DistributedRun> {
  const plan = readTrainOptions(options);
  const server = await JobServer.connect(connect, plan.server, plan.signal ?? NEVER);
  try {
    return new DistributedRun(await Coordinator.start(server, plan), server);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** `workDistributed`, over a kind of connection. */
export async function workOver(connect: Connect, options: WorkDistributedOptions): Promise<WorkSummary> {
  const plan = readWorkOptions(options);
  const server = await JobServer.connect(connect, plan.server, plan.signal ?? NEVER);
  try {
    const worker = await Worker.join(server, plan);
    return await worker.run();
  } finally {
    await server.close();
  }
}

/** `deleteJob`, over a kind of connection. */
export async function deleteOver(connect: Connect, options: ServerOptions): Promise<void> {
  const reader = new OptionReader("deleteJob", options, SERVER_OPTION_NAMES);
  const server = await JobServer.connect(connect, readServerOptions("deleteJob", reader), NEVER);
  try {
    await server.deleteAll();
  } finally {
    await server.close();
  }
}
