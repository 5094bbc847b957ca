import { type Backend, pad2d, type Tensor } from "webgpu-cnn";
import type { Visit } from "./network.js";

/** Enough that one interruption does not change the median. */
const FEWEST_RUNS = 3;
/** A fast operator gets more runs, until this time is over. */
const MOST_RUNS = 25;
const ENOUGH_MILLISECONDS = 250;

/**
 * A visitor that times steps.
 *
 * @param times gets the milliseconds of each step, in the order of the visits
 */
export function timer(backend: Backend, times: number[], announce: (operator: string) => void): Visit {
  return async (step) => {
    announce(step.operator);
    // The first run compiles kernels and allocates buffers. Later runs reuse them.
    const outputs = step.run();
    await backend.settled();
    times.push(await medianMilliseconds(backend, () => step.run()));
    return outputs;
  };
}

/** The cost of the wait alone: an operator on one element, in milliseconds. */
export async function waitingTime(backend: Backend): Promise<number> {
  const x = backend.zeros([1, 1, 1, 1]);
  const run = () => ({ y: pad2d(x, { padding: 0 }) });
  run().y.dispose();
  await backend.settled();
  const milliseconds = await medianMilliseconds(backend, run);
  x.dispose();
  return milliseconds;
}

/** The median time from an operator's call until `settled()`, in milliseconds. */
async function medianMilliseconds(backend: Backend, run: () => Readonly<Record<string, Tensor>>): Promise<number> {
  const times: number[] = [];
  let total = 0;
  while (times.length < FEWEST_RUNS || (times.length < MOST_RUNS && total < ENOUGH_MILLISECONDS)) {
    const start = performance.now();
    const outputs = run();
    await backend.settled();
    const elapsed = performance.now() - start;
    times.push(elapsed);
    total += elapsed;
    for (const output of Object.values(outputs)) output.dispose();
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}
