import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { JobError } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { unlessAborted } from "../abort.js";
import { type Connect, inboxPrefix } from "./connect.js";
import {
  denialOf,
  deniedError,
  isLoginError,
  JobGoneError,
  jetStreamCode,
  loginError,
  mayBeDeleted,
  messageOf,
  STREAM_NOT_FOUND,
} from "./failures.js";
import { loadJetStream } from "./packages.js";
import { REQUEST_TIMEOUT, Retry } from "./retry.js";
import type { CheckedServerOptions } from "./serverOptions.js";

/** Room for the headers of a message, which count against the server's limit. */
const HEADER_BYTES = 1024;
/** Work of some local steps, and the header of an answer, must fit. */
const LEAST_PAYLOAD = 4096;

/** What was asked over a connection that is cut gets no answer. It passes. */
class CutError extends Error {
  override readonly name = "ConnectionError";
}

/** One connection that outlives cuts, and what all calls over it share. */
export class Link {
  readonly connection: NatsConnection;
  readonly jetStream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly retry: Retry;
  readonly #options: CheckedServerOptions;
  readonly #end = new AbortController();
  /** Subjects whose denial by the server arrives without a call that waits for it. */
  readonly #watched = new Set<string>();
  /** A stream that is there as long as the job. Undefined while the job need not be there. */
  #jobStream: string | undefined;
  readonly #life: AbortSignal;
  #isConnected = true;
  /** Aborts at the next cut. */
  #cut = new AbortController();

  private constructor(
    options: CheckedServerOptions,
    connection: NatsConnection,
    jetStream: JetStreamClient,
    manager: JetStreamManager,
    retry: Retry,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#life = AbortSignal.any([signal, this.#end.signal]);
    this.connection = connection;
    this.jetStream = jetStream;
    this.manager = manager;
    this.retry = retry;
    this.#followStatus().catch((error: unknown) => this.fail(this.#lost(error)));
    connection.closed().then((error) => this.fail(this.#lost(error ?? undefined)));
  }

  /**
   * @param signal ends every call over the link
   * @throws (rejects with) the signal's reason, OptionError, or JobError if no server answers in time or lets the user in
   */
  static async open(connect: Connect, options: CheckedServerOptions, signal: AbortSignal): Promise<Link> {
    const { jetstream, jetstreamManager } = await loadJetStream();
    const retry = new Retry(options);
    const { onConnection } = options;
    const open = async () => {
      const opening = connect(options, signal);
      try {
        return await unlessAborted(opening, signal);
      } catch (error) {
        // A connection that comes too late is closed.
        opening.then(
          (late) => late.close(),
          () => undefined,
        );
        throw error;
      }
    };
    const report = (error: unknown) => onConnection({ isConnected: false, why: messageOf(error) });
    const connection = await retry.run("the connection", signal, open, report);
    onConnection({ isConnected: true });
    try {
      const { max_payload: most } = existing(connection.info);
      if (most < LEAST_PAYLOAD) {
        throw new JobError(
          `${options.operator}: max_payload of the server is ${most} bytes, expected at least ${LEAST_PAYLOAD}`,
        );
      }
      const jetStreamOptions = { timeout: REQUEST_TIMEOUT, checkAPI: false };
      const manager = await jetstreamManager(connection, jetStreamOptions);
      return new Link(options, connection, jetstream(connection, jetStreamOptions), manager, retry, signal);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get operator(): string {
    return this.#options.operator;
  }

  /** Whether there is a connection now. What is sent meanwhile is lost. */
  get isConnected(): boolean {
    return this.#isConnected && !this.connection.isClosed();
  }

  /** The start of the subjects of answers to this user's requests. */
  get inboxPrefix(): string {
    const { authentication } = this.#options;
    return inboxPrefix(authentication && "user" in authentication ? authentication.user : undefined);
  }

  /** The largest number of bytes of one message. */
  get maxPayload(): number {
    return (this.connection.info?.max_payload ?? 2 ** 20) - HEADER_BYTES;
  }

  /**
   * As Retry.run. It also ends when the link does.
   *
   * @param call its signal aborts at a cut, after which nobody waits for its value
   */
  run<Value>(what: string, call: (cut: AbortSignal) => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    return this.retry.run(what, this.signal(signal), () =>
      this.#whileConnected((cut) => this.#whileThere(() => call(cut))),
    );
  }

  /** Aborts with `signal`, with the link's own, or when the link ends. */
  signal(signal?: AbortSignal): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#life]) : this.#life;
  }

  /**
   * From now on the job is there: calls that fail because it was deleted reject with a JobError that says so.
   *
   * @param stream it is there as long as the job
   */
  expectJob(stream: string): void {
    this.#jobStream = stream;
  }

  /** Ends the link with an error if the server forbids this subject. Gives the function that ends the watch. */
  watch(subject: string): () => void {
    this.#watched.add(subject);
    return () => this.#watched.delete(subject);
  }

  /** As `run`, but tries only once. A passing failure comes as it is. */
  async once<Value>(call: () => Promise<Value>): Promise<Value> {
    try {
      return await unlessAborted(this.#whileConnected(call), this.#life);
    } catch (error) {
      const denial = denialOf(error);
      throw denial ? deniedError(this.operator, denial, error) : error;
    }
  }

  /** An error of this job. */
  error(what: string, cause?: unknown): JobError {
    const why = cause === undefined ? "" : `: ${messageOf(cause)}`;
    return new JobError(`${this.operator}: ${what}${why}`, { cause });
  }

  fail(error: JobError): void {
    this.#end.abort(error);
  }

  async close(): Promise<void> {
    this.fail(new JobError(`${this.operator}: the connection to the servers is closed`));
    await this.connection.close();
  }

  /** Checks the size of a message. @throws JobError */
  checkSize(what: string, bytes: Uint8Array): void {
    if (bytes.length <= this.maxPayload) return;
    throw new JobError(
      `${this.operator}: ${what} has ${bytes.length} bytes, expected at most ${this.maxPayload}; raise max_payload of the server`,
    );
  }

  /** The client would wait for answers to requests that a cut has swallowed, or that it never sent. */
  async #whileConnected<Value>(call: (cut: AbortSignal) => Promise<Value>): Promise<Value> {
    if (!this.#isConnected) throw new CutError("there is no connection");
    const { signal } = this.#cut;
    return unlessAborted(call(signal), signal);
  }

  /** A call for a job that was deleted fails in many ways. Only one question tells them from failures that pass. */
  async #whileThere<Value>(call: () => Promise<Value>): Promise<Value> {
    try {
      return await call();
    } catch (error) {
      if (this.#jobStream === undefined || !mayBeDeleted(error) || !(await this.#lacks(this.#jobStream))) throw error;
      const { operator, job } = this.#options;
      throw new JobGoneError(
        `${operator}: the job ${job} is gone from the servers; it was deleted, or it was in memory when they stopped`,
        { cause: error },
      );
    }
  }

  /** Whether the servers say for sure that they have no such stream. */
  async #lacks(stream: string): Promise<boolean> {
    try {
      await this.manager.streams.info(stream);
      return false;
    } catch (error) {
      // Another failure says nothing about the job. The call that asks fails with its own one.
      return jetStreamCode(error) === STREAM_NOT_FOUND;
    }
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "disconnect") {
        this.#isConnected = false;
        this.#cut.abort(new CutError("the connection was cut"));
        this.#options.onConnection({ isConnected: false, why: "the connection was cut" });
      }
      if (status.type === "reconnect") {
        this.#isConnected = true;
        this.#cut = new AbortController();
        this.#options.onConnection({ isConnected: true });
      }
      if (status.type !== "error") continue;
      const denial = denialOf(status.error);
      if (denial && this.#watched.has(denial.subject)) this.fail(deniedError(this.operator, denial, status.error));
    }
  }

  #lost(error: unknown): JobError {
    const { operator, servers } = this.#options;
    if (isLoginError(error)) return loginError(operator, servers, error);
    const why = error === undefined ? "" : `, ${messageOf(error)}`;
    return new JobError(`${operator}: the connection to ${servers.join(", ")} has ended${why}`, { cause: error });
  }
}
