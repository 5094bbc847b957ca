import { nextTurn } from "../../../core/eventLoop.js";

// A workaround for one browser, in one file.
//
// Cause: while nothing is submitted, Firefox checks only every 100 ms whether the GPU has finished. So `mapAsync` and
// `onSubmittedWorkDone` take about 100 ms, also for very short work. A submission makes Firefox check at once.
// Bug: https://bugzilla.mozilla.org/show_bug.cgi?id=1870699
// Measured: one `mapAsync` of a small buffer takes about 103 ms, and 1.4 ms with an empty submission each millisecond.
// When it can go: when the oldest supported Firefox has the fix. Until then, a Firefox that has it does not use this:
// the delay is measured.

/** A delay above this is a poll. A GPU without work answers within a few milliseconds. */
const POLLED_MILLISECONDS = 30;

/** The part of a device that this needs. */
interface PolledDevice {
  readonly queue: Pick<GPUQueue, "submit" | "onSubmittedWorkDone">;
}

/**
 * Makes empty submissions again and again while somebody waits for the GPU. It does so only if this shortens the delay.
 */
export class FirefoxPoll {
  #waiting = 0;
  #polling = false;
  #helps = false;

  /** @param userAgent `navigator.userAgent`, if there is one */
  constructor(
    private readonly device: PolledDevice,
    userAgent: string | undefined = userAgentHere(),
  ) {
    // Only Firefox is measured. Another browser may be slow for other reasons, and this would not help it.
    if (isFirefox(userAgent)) void this.#measure();
  }

  /** Passes on the outcome of `work`, for which the GPU must finish something. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.#waiting++;
    void this.#poll();
    try {
      return await work;
    } finally {
      this.#waiting--;
    }
  }

  /** Measures how long the browser takes to tell that a queue without work is done. */
  async #measure(): Promise<void> {
    const start = performance.now();
    try {
      await this.device.queue.onSubmittedWorkDone();
    } catch {
      // A lost device may reject it. Then there is nothing to wait for.
      return;
    }
    this.#helps = performance.now() - start > POLLED_MILLISECONDS;
    void this.#poll();
  }

  async #poll(): Promise<void> {
    if (this.#polling || !this.#helps) return;
    this.#polling = true;
    while (this.#waiting > 0) {
      this.device.queue.submit([]);
      await new Promise((resolve) => setTimeout(resolve, 1));
      // Browsers delay a timer that another timer has set by 4 ms. After a turn, the next timer is not nested.
      await nextTurn();
    }
    this.#polling = false;
  }
}

/** "Gecko/20100101" is Gecko. Other browsers say "like Gecko". */
function isFirefox(userAgent: string | undefined): boolean {
  return userAgent !== undefined && /\bGecko\/\d/.test(userAgent) && /\bFirefox\/\d/.test(userAgent);
}

function userAgentHere(): string | undefined {
  return typeof navigator === "undefined" ? undefined : navigator.userAgent;
}
