import type { EventEmitter } from "node:events";

/** The reason of an abort: the user stopped the training. */
export class Stopped extends Error {}

/** Milliseconds. npm passes on a signal that the terminal has sent already, so one press of Ctrl-C can arrive twice. Only a later signal is another press. */
const SAME_PRESS_MILLISECONDS = 500;
/** The exit status that shells use for a program that Ctrl-C ended. */
export const STOPPED_STATUS = 130;

/** While this is active, the first SIGINT or SIGTERM aborts `signal` with `Stopped`. The next one ends the program at once. */
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

  /** Restores the usual effect of signals. */
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
