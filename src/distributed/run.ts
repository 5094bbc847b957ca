import { OptionReader } from "../core/options.js";
import { Coordinator } from "./coordinator.js";
import type { Connect } from "./nats/connect.js";
import { JobServer } from "./nats/jobServer.js";
import { readServerOptions, SERVER_OPTION_NAMES, type ServerOptions } from "./nats/serverOptions.js";
import type { RoundReport, WorkerReport } from "./reports.js";
import { readTrainOptions, type TrainDistributedOptions } from "./trainOptions.js";
import { Worker, type WorkSummary } from "./worker.js";
import { readWorkOptions, type WorkDistributedOptions } from "./workOptions.js";

/**
 * A training on many machines, as a loop over its rounds. While the body of the loop runs, the workers go on with the next
 * round. Leave the loop to stop: the job stays, and another coordinator can go on with it.
 */
export class DistributedRun implements AsyncIterableIterator<RoundReport, undefined, undefined> {
  readonly #coordinator: Coordinator;
  readonly #reports: AsyncGenerator<RoundReport, undefined, undefined>;
  /** Closes the connection. */
  readonly #close: () => Promise<void>;

  /** @internal */
  constructor(coordinator: Coordinator, server: JobServer) {
    this.#coordinator = coordinator;
    this.#close = () => server.close();
    this.#reports = reportsOf(coordinator, this.#close);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The workers as they are now, also in the middle of a round, in the order of their names. */
  get workers(): readonly WorkerReport[] {
    return this.#coordinator.workers;
  }

  /** Waits for the end of the next round. `for await` calls it. @returns the report, or the end */
  next(): Promise<IteratorResult<RoundReport, undefined>> {
    return this.#reports.next();
  }

  /** Stops, and closes the connection. `for await` calls it when you leave the loop. */
  async return(): Promise<IteratorResult<RoundReport, undefined>> {
    const end = await this.#reports.return(undefined);
    // A loop that was not begun has closed nothing.
    await this.#close();
    return end;
  }
}

async function* reportsOf(
  coordinator: Coordinator,
  close: () => Promise<void>,
): AsyncGenerator<RoundReport, undefined, undefined> {
  try {
    return yield* coordinator.run();
  } finally {
    await close();
  }
}

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
