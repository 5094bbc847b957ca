import type { EventEmitter } from "node:events";

/** Why training ended early: somebody wants it to. */
export class Stopped extends Error {}

/** One press of Ctrl-C comes twice where npm passes on what the terminal has sent already: only what comes later is another press. */
const SAME_PRESS_MILLISECONDS = 500;
/** What a shell says of a program that Ctrl-C ended. */
export const STOPPED_STATUS = 130;

/** While it is there, the first SIGINT or SIGTERM aborts `signal` with `Stopped`, and the next one ends the program at once. */
export class StopRequest {
  readonly #controller = new AbortController();
  #since: number | undefined;

  constructor(
    private readonly events: Pick<EventEmitter, "on" | "off"> = process,
    private readonly exit: (status: number) => void = (status) => process.exit(status),
    private readonly clock: () => number = () => performance.now(),
  ) {
    events.on("SIGINT", this.#request).on("SIGTERM", this.#request);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on, signals do what they always do. */
  end(): void {
    this.events.off("SIGINT", this.#request).off("SIGTERM", this.#request);
  }

  readonly #request = (): void => {
    const now = this.clock();
    this.#since ??= now;
    if (now - this.#since > SAME_PRESS_MILLISECONDS) this.exit(STOPPED_STATUS);
    this.#controller.abort(new Stopped("stopped"));
  };
}
