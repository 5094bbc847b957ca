import type { Msg } from "@nats-io/nats-core";
import { isPassing } from "./failures.js";
import type { Link } from "./link.js";
import type { JobNames } from "./names.js";
import { pullOne } from "./pull.js";
import { REQUEST_TIMEOUT } from "./retry.js";

/** A piece of work that this worker has for the time of the lease. */
export interface Work {
  readonly bytes: Uint8Array;
  /** Prolongs the lease. */
  working(): void;
  /** Takes the piece off the queue. If the servers do not confirm it, another worker may get the piece too. */
  done(): Promise<void>;
  /** Lets another worker have it, after so many seconds. */
  giveBack(delaySeconds: number): void;
}

/** The queue of the work of a job. */
export class WorkQueue {
  readonly #link: Link;
  readonly #names: JobNames;

  constructor(link: Link, names: JobNames) {
    this.#link = link;
    this.#names = names;
  }

  /** Adds a piece of work, once for each `id`. */
  async publish(bytes: Uint8Array, id: string): Promise<void> {
    const { jetStream } = this.#link;
    await this.#link.run("the publication of work", () =>
      jetStream.publish(this.#names.workSubject, bytes, { msgID: id }),
    );
  }

  /** How many pieces wait, or are with workers. */
  async outstanding(): Promise<number> {
    // The queue keeps nothing that is done. After a crash the consumer's own numbers may count pieces that are gone.
    const { state } = await this.#link.run("the state of the work", () =>
      this.#link.manager.streams.info(this.#names.work),
    );
    return state.messages;
  }

  /** The next piece. Undefined if there was none for so long. After an abort, none is on its way. */
  async next(waitSeconds: number, signal: AbortSignal | undefined): Promise<Work | undefined> {
    const end = performance.now() + waitSeconds * 1000;
    let pull: Promise<Msg | undefined> = Promise.resolve(undefined);
    try {
      for (;;) {
        const wait = Math.max(0, end - performance.now());
        const call = (cut: AbortSignal) => {
          const { work: stream, workers: consumer } = this.#names;
          const options = { stream, consumer, wait, signal: AbortSignal.any([cut, this.#link.signal(signal)]) };
          pull = pullOne(this.#link, options);
          return pull;
        };
        const message = await this.#link.run("the wait for work", call, signal);
        if (message) return this.#work(message);
        if (performance.now() >= end) return undefined;
      }
    } catch (error) {
      // What was on its way at an abort goes to another worker at once. Its lease may be long.
      const late = await pull.catch(() => undefined);
      if (late) this.#answer(late, "-NAK");
      throw error;
    }
  }

  #work(message: Msg): Work {
    return {
      bytes: message.data,
      working: () => this.#answer(message, "+WPI"),
      done: () => this.#done(message),
      giveBack: (delaySeconds) =>
        this.#answer(message, delaySeconds > 0 ? `-NAK {"delay": ${Math.round(delaySeconds * 1e9)}}` : "-NAK"),
    };
  }

  /** Without a connection the lease ends by itself. */
  #answer({ reply }: Msg, text: string): void {
    if (reply && this.#link.isConnected) this.#link.connection.publish(reply, text);
  }

  async #done({ reply }: Msg): Promise<void> {
    if (!reply) return;
    const call = () => this.#link.connection.request(reply, "+ACK", { timeout: REQUEST_TIMEOUT });
    try {
      await this.#link.once(call);
    } catch (error) {
      // The piece comes again after its lease. A worker that computes it twice gives the same answer.
      if (!isPassing(error)) throw error;
    }
  }
}
