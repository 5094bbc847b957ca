import { setImmediate } from "node:timers/promises";

const TICK_MILLISECONDS = 1;
/** Nobody ever wakes whoever waits on it. */
const cell = new Int32Array(new SharedArrayBuffer(4));

/** Waits until the device has done all that was submitted, asleep. */
export async function workDone(device: GPUDevice): Promise<void> {
  await asleepUntil(device.queue.onSubmittedWorkDone());
}

/**
 * Waits for a promise that hangs on the device, asleep.
 *
 * While a promise of Dawn's is pending, its Node binding asks for news in every turn of the event loop, which keeps one core busy, and where a
 * processor does the device's work that core is missing there. A timer does not help, since the loop turns on beneath it: the main thread must
 * sleep, a tick at a time.
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
