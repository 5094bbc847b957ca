import type { Coordinator } from "./coordinator.js";
import type { JobServer } from "./nats/jobServer.js";
import type { RoundReport, WorkerReport } from "./reports.js";

/**
 * A training on many machines, as a loop over its rounds. While the body of the loop runs, the workers go on with the next
 * round. Leave the loop to stop: the job stays, and another coordinator can go on with it.
 */
export class DistributedRun implements AsyncIterableIterator<RoundReport, undefined, undefined> {
  readonly #coordinator: Coordinator;
  readonly #reports: AsyncGenerator<RoundReport, undefined, undefined>;
  readonly #server: JobServer;
  /** The number of calls of `next` that wait. */
  #waiting = 0;

  /** @internal */
  constructor(coordinator: Coordinator, server: JobServer) {
    this.#coordinator = coordinator;
    this.#server = server;
    this.#reports = reportsOf(coordinator, server);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The workers as they are now, also in the middle of a round, in the order of their names. */
  get workers(): readonly WorkerReport[] {
    return this.#coordinator.workers;
  }

  /** Waits for the end of the next round. `for await` calls it. @returns the report, or the end */
  async next(): Promise<IteratorResult<RoundReport, undefined>> {
    this.#waiting++;
    try {
      return await this.#reports.next();
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Stops, closes the connection, and lets others train the model. `for await` calls it when you leave the loop. If a
   * round is waited for meanwhile, that rejects with a JobError.
   */
  async return(): Promise<IteratorResult<RoundReport, undefined>> {
    // The loop itself would end only after the round, for which there may be no worker.
    if (this.#waiting > 0) await this.#server.close();
    const end = await this.#reports.return(undefined);
    // A loop that was not begun has ended nothing.
    this.#coordinator.end();
    await this.#server.close();
    return end;
  }
}

async function* reportsOf(
  coordinator: Coordinator,
  server: JobServer,
): AsyncGenerator<RoundReport, undefined, undefined> {
  try {
    return yield* coordinator.run();
  } finally {
    await server.close();
  }
}
