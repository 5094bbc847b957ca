import { beforeAll, expect, test } from "vitest";
import { commands } from "vitest/browser";
import {
  type Backend,
  conv2d,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  createBackend,
  type Tensor,
} from "webgpu-cnn";
import { randomIntegers } from "../support/random.js";

beforeAll(() => commands.preferPages());

/** Collects the tasks that blocked the page for 50 ms or longer. The browser measures them. */
class LongTasks {
  readonly #milliseconds: number[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#take(list.getEntries()));

  constructor() {
    this.#observer.observe({ type: "longtask" });
  }

  /** The duration of each task in milliseconds. */
  async stop(): Promise<readonly number[]> {
    // The browser reports a task after it has ended.
    await turn();
    await turn();
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return this.#milliseconds;
  }

  #take(entries: readonly PerformanceEntry[]): void {
    this.#milliseconds.push(...entries.map(({ duration }) => duration));
  }
}

/** A filter of 3 × 3 that leaves every channel unchanged. */
function identity(backend: Backend, channels: number): Tensor {
  const values = new Float32Array(9 * channels * channels);
  for (let c = 0; c < channels; c++) values[(4 * channels + c) * channels + c] = 1;
  return backend.tensor(values, [3, 3, channels, channels]);
}

/** Waits while the page does other work. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

test("a page that is blocked for 60 ms is noticed", async () => {
  const longTasks = new LongTasks();
  await turn();
  const start = performance.now();
  while (performance.now() - start < 60);
  expect(await longTasks.stop()).toHaveLength(1);
});

/**
 * 120 steps of 350 MFLOP and one operator of 7.6 GFLOP: some 8 s of work on a software adapter with two cores, nearly nothing for a GPU. A failed
 * test is tried again: a fault of the library blocks the page every time, but other work of the machine does not.
 */
test.for([
  ["read from time to time", 4],
  ["read only at its end", Infinity],
] as const)(
  "a long chain of work that is %s never blocks the page or loses the device",
  {
    retry: 2,
  },
  async ([, stepsPerRead]) => {
    const shape = [8, 56, 56, 16];
    const values = randomIntegers(8 * 56 * 56 * 16, 1);
    const longTasks = new LongTasks();
    const backend = await createBackend({ kind: "webgpu" });
    const filter = identity(backend, 16);
    const options = { padding: 1 } as const;
    /** Gives back its input, after all the work of a layer in training. */
    const step = (x: Tensor) =>
      backend.tidy(() => {
        const y = conv2d(x, filter, options);
        conv2dBackwardFilter(x, y, filter.shape, options);
        return conv2dBackwardInput(y, filter, shape, options);
      });
    let x = backend.tensor(values, shape);
    await backend.warmUp(() => step(x));

    for (let i = 1; i <= 120; i++) {
      const next = step(x);
      x.dispose();
      x = next;
      await (i % stepsPerRead === 0 ? x.read() : turn());
    }
    const wide = backend.full([8, 28, 28, 128], 1);
    await turn();
    const wideFilter = backend.full([5, 5, 128, 256], 1);
    await turn();
    const [last, sums] = await Promise.all([x.read(), conv2d(wide, wideFilter).read()]);

    expect(await longTasks.stop()).toEqual([]);
    expect(last).toEqual(values);
    expect(sums.every((sum) => sum === 5 * 5 * 128)).toBe(true);
    backend.destroy();
  },
);
