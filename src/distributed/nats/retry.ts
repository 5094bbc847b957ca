import { JobError, WebGPUCNNError } from "../../core/errors.js";
import { denialOf, deniedError, isLoginError, isPassing, loginError, messageOf } from "./failures.js";

const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;

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
   * @throws (rejects with) the signal's reason, at once; JobError after `timeout` seconds of passing failures, or at once
   *   for a failure that does not pass
   */
  async run<Value>(what: string, signal: AbortSignal, call: () => Promise<Value>): Promise<Value> {
    const end = performance.now() + this.timeout * 1000;
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      signal.throwIfAborted();
      try {
        return await unlessAborted(call(), signal);
      } catch (error) {
        signal.throwIfAborted();
        const left = end - performance.now();
        if (!isPassing(error) || left <= 0) throw this.#finalError(what, error);
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
    if (!isPassing(error)) {
      return new JobError(`${operator}: ${what} failed ${where}: ${messageOf(error)}`, { cause: error });
    }
    return new JobError(
      `${operator}: ${what} failed ${where} for ${timeout} s, the last time with ${JSON.stringify(messageOf(error))}; check that a NATS server with JetStream (nats-server -js) runs there, that the network reaches it, and that the job exists`,
      { cause: error },
    );
  }
}

/** What the promise gives, or a rejection with the signal's reason as soon as it aborts. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const done = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).then(done, done);
  });
}

/** Waits `milliseconds`, or rejects with the signal's reason as soon as it aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, milliseconds);
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Whom signals call. Node warns of more than ten listeners of a signal, and a job may wait for more calls at a time. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal aborts, or now if it has. Gives the function that ends it. */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const callbacks = waiting.get(signal) ?? new Set();
  if (callbacks.size === 0) {
    waiting.set(signal, callbacks);
    signal.addEventListener("abort", callAll);
  }
  callbacks.add(callback);
  return () => {
    // A signal that has a listener is never freed.
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener("abort", callAll);
  };
}

function callAll(this: AbortSignal): void {
  for (const callback of waiting.get(this) ?? []) callback();
}
