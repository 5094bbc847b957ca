/** What waits for an abort. A signal gets one listener, however many wait: runtimes warn of more than ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back at an abort, unless the function that it gives is called before. The signal is not aborted yet. */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = waiting.get(signal);
  if (!callbacks) {
    const all = new Set<() => void>();
    callbacks = all;
    waiting.set(signal, all);
    const callAll = () => {
      for (const call of all) call();
    };
    signal.addEventListener("abort", callAll, { once: true });
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
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
