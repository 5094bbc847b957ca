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
