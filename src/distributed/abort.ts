/** What waits for the abort of one signal. */
class Waiting {
  readonly #callbacks = new Set<() => void>();
  readonly #callAll = () => {
    for (const callback of this.#callbacks) callback();
  };

  constructor(private readonly signal: AbortSignal) {}

  add(callback: () => void): void {
    if (this.#callbacks.size === 0) this.signal.addEventListener("abort", this.#callAll, { once: true });
    this.#callbacks.add(callback);
  }

  /** Node keeps signals of `AbortSignal.any` as long as they have listeners. */
  delete(callback: () => void): void {
    this.#callbacks.delete(callback);
    if (this.#callbacks.size === 0) this.signal.removeEventListener("abort", this.#callAll);
  }
}

/** A signal gets one listener, however many wait: runtimes warn of more than ten. */
const waiting = new WeakMap<AbortSignal, Waiting>();

/** Calls back at an abort, unless the function that it gives is called before. The signal is not aborted yet. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const all = waiting.get(signal) ?? new Waiting(signal);
  waiting.set(signal, all);
  all.add(callback);
  return () => all.delete(callback);
}

/** What the promise gives, or a rejection with the signal's reason as soon as it aborts. */
export async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  // A failure after the abort is nobody's.
  promise.catch(() => {});
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const done = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(done);
  });
}

/** Waits `milliseconds`, or rejects with the signal's reason as soon as it aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return unlessAborted(time, signal).finally(() => clearTimeout(timer));
}
