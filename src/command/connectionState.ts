import type { ConnectionReport } from "../distributed/nats/serverOptions.js";
import { elapsed, plainText } from "./formats.js";

/** A first connection that takes no longer than this is no news. Milliseconds. */
const QUIET_START = 2000;

export interface ConnectionOptions {
  /** The addresses, as the user gave them. */
  readonly servers: string | readonly string[];
  /** For how many seconds the servers may be silent. */
  readonly timeout: number;
}

/** Knows whether there is a connection to the servers, and says it in words. */
export class ConnectionState {
  /** Since when there is no connection, in milliseconds. Undefined while there is one. */
  #lostAt: number | undefined;
  #wasConnected = false;
  #returnedAt = Number.NEGATIVE_INFINITY;
  /** Why the last try failed. */
  #why: string | undefined;
  /** The reasons of the present cut that a log has. */
  readonly #said = new Set<string>();

  constructor(
    private readonly options: ConnectionOptions,
    private readonly clock: () => number,
  ) {
    this.#lostAt = clock();
  }

  /** "connecting to nats://127.0.0.1:4222". */
  get beginning(): string {
    return `connecting to ${[this.options.servers].flat().join(", ")}`;
  }

  get isConnected(): boolean {
    return this.#lostAt === undefined;
  }

  /** Whether there was a connection at any time. */
  get wasConnected(): boolean {
    return this.#wasConnected;
  }

  /** How long ago a cut ended. Infinity if there was none. */
  get secondsSinceReturn(): number {
    return (this.clock() - this.#returnedAt) / 1000;
  }

  /** Takes a report. @returns what a log says about it */
  take({ isConnected, why }: ConnectionReport): readonly string[] {
    const now = this.clock();
    const lostAt = this.#lostAt;
    if (!isConnected) {
      if (lostAt === undefined) {
        this.#lostAt = now;
        this.#said.clear();
      }
      // What a cut says of itself is no news.
      this.#why = this.#wasConnected || why === undefined ? undefined : plainText(why);
      return this.news();
    }
    const isBack = this.#wasConnected && lostAt !== undefined;
    if (isBack) this.#returnedAt = now;
    this.#lostAt = undefined;
    this.#why = undefined;
    this.#wasConnected = true;
    return isBack ? [`connected again after ${elapsed((now - lostAt) / 1000)}`] : [];
  }

  /** What a log has to say now: once for each cut, and before the first connection once for each reason. */
  news(): readonly string[] {
    if (this.#lostAt === undefined) return [];
    const patience = `trying for ${this.options.timeout} s`;
    if (this.#wasConnected) return this.#once("", `no connection to the server any more; ${patience}`);
    if (this.clock() - this.#lostAt < QUIET_START) return [];
    if (this.#why !== undefined) return this.#once(this.#why, `no connection yet: ${this.#why}; ${patience}`);
    return this.#said.size > 0 ? [] : this.#once("", `no connection yet; ${patience}`);
  }

  #once(reason: string, line: string): readonly string[] {
    if (this.#said.has(reason)) return [];
    this.#said.add(reason);
    return [line];
  }

  /** The state as a line that is rewritten. Undefined while all is well. */
  get line(): string | undefined {
    if (this.#lostAt === undefined) return undefined;
    const milliseconds = this.clock() - this.#lostAt;
    const [time, most] = [elapsed(milliseconds / 1000), `${this.options.timeout} s`];
    if (this.#wasConnected) return `no connection to the server for ${time}, trying until ${most}`;
    if (milliseconds < QUIET_START) return undefined;
    return `no connection yet, ${time} of ${most}${this.#why === undefined ? "" : `: ${this.#why}`}`;
  }
}
