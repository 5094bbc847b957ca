import { setImmediate } from "node:timers/promises";

const TICK_MILLISECONDS = 1;
/** Waits on it always time out. */
const cell = new Int32Array(new SharedArrayBuffer(4));

/** Waits until the device has finished all submitted work. The thread sleeps meanwhile. */
export async function workDone(device: GPUDevice): Promise<void> {
  await asleepUntil(device.queue.onSubmittedWorkDone());
}

/**
 * Waits for a promise of the device. The thread sleeps meanwhile.
 *
 * While a promise of Dawn is pending, its Node binding polls in every turn of the event loop and keeps one core busy. A software adapter needs
 * that core. A timer does not help, because the loop goes on. So the main thread sleeps, one tick at a time.
 */
export async function asleepUntil<Value>(promise: Promise<Value>): Promise<Value> {
  const wait = { done: false };
  const settled = () => {
    wait.done = true;
  };
  promise.then(settled, settled);
  await setImmediate();
  while (!wait.done) {
    Atomics.wait(cell, 0, 0, TICK_MILLISECONDS);
    await setImmediate();
  }
  return promise;
}
