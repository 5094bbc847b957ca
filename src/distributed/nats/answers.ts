import type { Msg } from "@nats-io/nats-core";
import { isPassing } from "./failures.js";
import type { Link } from "./link.js";
import type { JobNames } from "./names.js";
import { loadJetStream } from "./packages.js";
import { pullOne, streamSequence } from "./pull.js";

/** A consumer that nobody asks any more lives so long. */
const CONSUMER_MINUTES = 5;

/** The answers to one round, from its first on. Some may come twice. */
export class Answers {
  readonly #link: Link;
  readonly #names: JobNames;
  readonly #round: number;
  readonly #end = new AbortController();
  /** The name of the consumer at the server. It is gone after a restart. */
  #consumer: string | undefined;
  /** Whether all that the consumer has sent arrived here. */
  #isSure = true;
  /** The number of the last answer in its stream. */
  #last = 0;

  constructor(link: Link, names: JobNames, round: number) {
    this.#link = link;
    this.#names = names;
    this.#round = round;
  }

  /** The next answer. Undefined if there was none for so long. */
  async next(waitSeconds: number): Promise<Uint8Array | undefined> {
    const end = performance.now() + waitSeconds * 1000;
    for (;;) {
      const left = Math.max(0, end - performance.now());
      const message = await this.#link.run("the wait for answers", (cut) => this.#pull(left, cut), this.#end.signal);
      if (message) {
        this.#last = streamSequence(message);
        return message.data;
      }
      if (performance.now() >= end) return undefined;
    }
  }

  /** Ends a wait too: it rejects. */
  close(): void {
    this.#end.abort(this.#link.error("the wait for answers has been closed"));
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer === undefined || !this.#link.isConnected) return;
    this.#link.manager.consumers.delete(this.#names.answers, consumer).catch((error: unknown) => {
      // The server deletes it by itself when nobody asks it any more.
      if (!isPassing(error)) this.#link.fail(this.#link.error("the deletion of a consumer failed", error));
    });
  }

  async #pull(milliseconds: number, cut: AbortSignal): Promise<Msg | undefined> {
    // An answer may be lost on its way, and the consumer does not send it again. A new one does.
    if (!this.#isSure) this.#consumer = undefined;
    this.#isSure = false;
    const consumer = this.#consumer ?? (await this.#createConsumer());
    // The call is repeated after a cut. This one must not go on then, or it would take an answer from the other one.
    cut.throwIfAborted();
    this.#consumer = consumer;
    const signal = AbortSignal.any([cut, this.#link.signal(this.#end.signal)]);
    const message = await pullOne(this.#link, { stream: this.#names.answers, consumer, wait: milliseconds, signal });
    cut.throwIfAborted();
    this.#isSure = true;
    return message;
  }

  async #createConsumer(): Promise<string> {
    const { AckPolicy, DeliverPolicy } = await loadJetStream();
    const { streams, consumers } = this.#link.manager;
    const { answers, answerSubject } = this.#names;
    // A machine that lost its power may have lost the newest answers, so that their numbers are given again.
    const { state } = await streams.info(answers);
    if (state.last_seq < this.#last) this.#last = 0;
    const start =
      this.#last > 0
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#last + 1 }
        : { deliver_policy: DeliverPolicy.All };
    const { name } = await consumers.add(answers, {
      ...start,
      name: `answers-${crypto.randomUUID()}`,
      filter_subject: `${answerSubject}.${this.#round}.>`,
      ack_policy: AckPolicy.None,
      inactive_threshold: CONSUMER_MINUTES * 60 * 1e9,
      mem_storage: true,
    });
    return name;
  }
}
