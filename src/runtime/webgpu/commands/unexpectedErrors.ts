import { KernelError } from "../../../core/errors.js";

/** The number of errors that are kept with their messages. */
const MOST_KEPT = 16;

/**
 * The errors of a device outside every error scope. They are kept until `take` is called. Only the first ones are kept,
 * because a program may never call it. The last one that is kept tells how many more there were.
 */
export class UnexpectedErrors {
  readonly #messages: string[] = [];
  #dropped = 0;

  add(message: string): void {
    if (this.#messages.length < MOST_KEPT) this.#messages.push(message);
    else this.#dropped++;
  }

  /** The first error that nobody has taken yet. */
  take(): KernelError | undefined {
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    const more = this.#messages.length === 0 && this.#dropped > 0 ? ` (and ${this.#dropped} more after it)` : "";
    if (more) this.#dropped = 0;
    return new KernelError(`the device reported an error outside every operator: ${message}${more}`);
  }
}
