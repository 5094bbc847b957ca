import type { EventEmitter } from "node:events";
import { constants } from "node:os";

/** The reason of an abort: the user stopped the program. */
export class Stopped extends Error {}

/**
 * Milliseconds. npm passes on a signal that the terminal has sent already, so one press of Ctrl-C can arrive twice. Only
 * a later signal is another press.
 */
const SAME_PRESS_MILLISECONDS = 500;
/** Shells add the number of the signal to this, for the exit status of a program that a signal ended. */
const SIGNAL_STATUS = 128;

/** While this is active, the first SIGINT or SIGTERM aborts `signal` with `Stopped`. The next one ends the program at once. */
export class StopRequest {
  readonly #controller = new AbortController();
  #since: number | undefined;
  #status = SIGNAL_STATUS + constants.signals.SIGINT;

  constructor(
    private readonly events: Pick<EventEmitter, "on" | "off"> = process,
    private readonly exit: (status: number) => void = (status) => process.exit(status),
    private readonly clock: () => number = () => performance.now(),
  ) {
    events.on("SIGINT", this.#interrupt).on("SIGTERM", this.#terminate);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status of a program that was stopped: 130 after SIGINT, 143 after SIGTERM. */
  get status(): number {
    return this.#status;
  }

  /** Whether work failed because the user stopped the program. Errors of Node have the reason as their cause. */
  isCauseOf(error: unknown): boolean {
    const { aborted, reason } = this.signal;
    return aborted && (error === reason || (error instanceof Error && error.cause === reason));
  }

  /** Restores the usual effect of signals. */
  end(): void {
    this.events.off("SIGINT", this.#interrupt).off("SIGTERM", this.#terminate);
  }

  readonly #interrupt = (): void => this.#request("SIGINT");
  readonly #terminate = (): void => this.#request("SIGTERM");

  #request(name: "SIGINT" | "SIGTERM"): void {
    const now = this.clock();
    if (this.#since === undefined) this.#status = SIGNAL_STATUS + constants.signals[name];
    this.#since ??= now;
    if (now - this.#since > SAME_PRESS_MILLISECONDS) this.exit(this.#status);
    this.#controller.abort(new Stopped("stopped"));
  }
}
