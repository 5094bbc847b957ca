import { conv2d, createBackend } from "webgpu-cnn";

/** What `longWork` gives. Times are in milliseconds. */
export interface LongWork {
  readonly took: number;
  /** The longest time between two turns of the page's timers. */
  readonly longestGap: number;
  /** The tasks of 50 ms and longer that the browser noticed. Undefined if it does not measure them. */
  readonly longTasks: readonly number[] | undefined;
}

/** Waits while the page does other work. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** Queues many convolutions without waiting for any, and watches how long they keep the page from other work. */
export async function longWork(threads: number): Promise<LongWork> {
  const backend = await createBackend({ kind: "wasm", threads });
  let x = backend.full([16, 56, 56, 32], 1);
  const w = backend.full([3, 3, 32, 32], 0.01);
  await backend.warmUp(() => conv2d(x, w, { padding: "same" }));
  // The browser still has work of its own from the loading of the page.
  for (let i = 0; i < 50; i++) await turn();

  const tasks = new Tasks();
  const timers = new Timers();
  const start = performance.now();
  for (let i = 0; i < 80; i++) {
    const y = conv2d(x, w, { padding: "same" });
    x.dispose();
    x = y;
  }
  // Each of several callers waits for the same work.
  await Promise.all(Array.from({ length: 10 }, () => x.read()));
  const took = performance.now() - start;
  const longestGap = await timers.stop();
  const longTasks = await tasks.stop();
  backend.destroy();
  return { took, longestGap, longTasks };
}

/** Takes one turn after the other. */
class Timers {
  #stopped = false;
  readonly #longest = this.#run();

  /** The longest time from one turn to the next. */
  stop(): Promise<number> {
    this.#stopped = true;
    return this.#longest;
  }

  async #run(): Promise<number> {
    let longest = 0;
    for (let last = performance.now(); !this.#stopped; ) {
      await turn();
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    return longest;
  }
}

/** Collects what the browser calls long tasks, if it does. */
class Tasks {
  readonly #milliseconds: number[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#take(list.getEntries()));
  readonly #measured = PerformanceObserver.supportedEntryTypes.includes("longtask");

  constructor() {
    if (this.#measured) this.#observer.observe({ type: "longtask" });
  }

  async stop(): Promise<readonly number[] | undefined> {
    // The browser reports a task after it has ended.
    await turn();
    await turn();
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return this.#measured ? this.#milliseconds : undefined;
  }

  #take(entries: readonly PerformanceEntry[]): void {
    this.#milliseconds.push(...entries.map(({ duration }) => duration));
  }
}
