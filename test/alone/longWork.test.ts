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

const MOST_BLOCKED_MS = 50;

beforeAll(() => commands.preferPages());

/** Beats as often as the page's thread lets it, and tells how far apart the beats were at most. */
class Heartbeat {
  #last = performance.now();
  #worst = 0;
  #timer = setInterval(() => this.#beat());

  /** The longest time, in milliseconds, in which the page could do nothing else. */
  stop(): number {
    this.#beat();
    clearInterval(this.#timer);
    return this.#worst;
  }

  #beat(): void {
    const now = performance.now();
    this.#worst = Math.max(this.#worst, now - this.#last);
    this.#last = now;
  }
}

/** A filter of 3 × 3 that leaves every channel as it is. */
function identity(backend: Backend, channels: number): Tensor {
  const values = new Float32Array(9 * channels * channels);
  for (let c = 0; c < channels; c++) values[(4 * channels + c) * channels + c] = 1;
  return backend.tensor(values, [3, 3, channels, channels]);
}

/** Lets the page do something else. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

/**
 * 120 steps of 350 MFLOP and one operator of 7.6 GFLOP: on a software adapter with two cores some 8 s of work, for a GPU nothing. Tried again where
 * it fails: what the library does blocks the page every time, what else the machine does may not.
 */
test.for([
  ["read now and then", 4],
  ["read only at its end", Infinity],
] as const)(
  "a chain of long work that is %s never blocks the page, nor loses the device",
  {
    retry: 2,
  },
  async ([, stepsPerRead]) => {
    const shape = [8, 56, 56, 16];
    const values = randomIntegers(8 * 56 * 56 * 16, 1);
    const heartbeat = new Heartbeat();
    const backend = await createBackend({ kind: "webgpu" });
    const filter = identity(backend, 16);
    const options = { padding: 1 } as const;
    /** Gives back what it is given, after all that a layer computes in training. */
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
    const [wide, wideFilter] = [backend.full([8, 28, 28, 128], 1), backend.full([5, 5, 128, 256], 1)];
    await turn();
    const [last, sums] = await Promise.all([x.read(), conv2d(wide, wideFilter).read()]);

    expect(heartbeat.stop()).toBeLessThan(MOST_BLOCKED_MS);
    expect(last).toEqual(values);
    expect(sums.every((sum) => sum === 5 * 5 * 128)).toBe(true);
    backend.destroy();
  },
);
