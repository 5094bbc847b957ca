/** A replica that a worker holds, as far as leases go. */
export interface Held {
  /** Tells the servers that the worker is still at it. */
  working(): void;
  /** Lets another worker have it. */
  giveBack(delaySeconds: number): void;
}

/** A worker that has finished nothing for so many leases is stuck. */
const MOST_LEASES = 10;

/**
 * Extends the leases of what a worker holds, three times in each lease. After ten leases in which it finishes nothing it
 * stops, so that others get what a stuck worker holds.
 */
export class Leases {
  readonly #held = new Map<Held, ReturnType<typeof setInterval>>();
  /** When the worker last got or finished something, in milliseconds. */
  #lastSign = performance.now();

  /** @param seconds the time after which the servers give a replica to another worker */
  constructor(private readonly seconds: number) {}

  /** From now on it is extended. Calling it again changes nothing. */
  hold(held: Held): void {
    if (this.#held.has(held)) return;
    this.#lastSign = performance.now();
    const extend = () => {
      if (performance.now() - this.#lastSign < MOST_LEASES * this.seconds * 1000) held.working();
    };
    this.#held.set(held, setInterval(extend, (this.seconds * 1000) / 3));
  }

  /** It is extended no longer. */
  release(held: Held): void {
    this.#lastSign = performance.now();
    clearInterval(this.#held.get(held));
    this.#held.delete(held);
  }

  /** Gives everything back that is held. */
  giveBack(): void {
    for (const held of [...this.#held.keys()]) {
      this.release(held);
      held.giveBack(0);
    }
  }
}
