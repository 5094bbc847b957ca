import { JobError, WebGPUCNNError } from "../../core/errors.js";
import { pause, unlessAborted } from "../abort.js";
import {
  adviceFor,
  denialOf,
  deniedError,
  isLoginError,
  isPassing,
  JobGoneError,
  lacksTls,
  loginError,
  messageOf,
  runsWithoutJetStream,
} from "./failures.js";

const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;

/** A server that begins may say that it runs without JetStream, or that it has no job. For so many milliseconds it may. */
const START_TIME = 5000;

/** The time of the servers' answers, in milliseconds. */
export const REQUEST_TIMEOUT = 5000;

/** Repeats calls that fail for a passing reason, for as long as the servers may be silent. */
export class Retry {
  readonly operator: string;
  readonly servers: readonly string[];
  /** Seconds. */
  readonly timeout: number;

  constructor({ operator, servers, timeout }: Pick<Retry, "operator" | "servers" | "timeout">) {
    this.operator = operator;
    this.servers = servers;
    this.timeout = timeout;
  }

  /**
   * Gives what `call` gives. Waits longer from one repetition to the next.
   *
   * @param what the call in words, after which "failed" makes a sentence
   * @param onFailure gets each passing failure
   * @throws (rejects with) the signal's reason, at once; JobError after `timeout` seconds of passing failures, or at once
   *   for a failure that does not pass
   */
  async run<Value>(
    what: string,
    signal: AbortSignal,
    call: () => Promise<Value>,
    onFailure: (error: unknown) => void = () => {},
  ): Promise<Value> {
    const end = performance.now() + this.timeout * 1000;
    let endOfStart: number | undefined;
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      signal.throwIfAborted();
      try {
        return await unlessAborted(call(), signal);
      } catch (error) {
        signal.throwIfAborted();
        const now = performance.now();
        endOfStart = isOfStart(error) ? (endOfStart ?? now + START_TIME) : undefined;
        const left = Math.min(end, endOfStart ?? end) - now;
        if (!isPassing(error) || left <= 0) throw this.#finalError(what, error);
        onFailure(error);
        await pause(Math.min(wait, left), signal);
      }
    }
  }

  #finalError(what: string, error: unknown): Error {
    if (error instanceof WebGPUCNNError) return error;
    const denial = denialOf(error);
    if (denial) return deniedError(this.operator, denial, error);
    if (isLoginError(error)) return loginError(this.operator, this.servers, error);
    const { operator, servers, timeout } = this;
    const where = `on ${servers.join(", ")}`;
    if (lacksTls(error)) {
      return new JobError(
        `${operator}: ${servers.join(", ")} has no TLS; use nats:// addresses without the option tls, or turn on tls in the server's configuration`,
        { cause: error },
      );
    }
    if (!isPassing(error)) {
      return new JobError(`${operator}: ${what} failed ${where}: ${messageOf(error)}`, { cause: error });
    }
    const duration = runsWithoutJetStream(error) ? "" : ` for ${timeout} s`;
    return new JobError(
      `${operator}: ${what} failed ${where}${duration}, the last time with ${JSON.stringify(messageOf(error))}; ${adviceFor(error)}`,
      { cause: error },
    );
  }
}

/** Whether it is a failure of good servers in their first seconds only. */
function isOfStart(error: unknown): boolean {
  return runsWithoutJetStream(error) || error instanceof JobGoneError;
}
