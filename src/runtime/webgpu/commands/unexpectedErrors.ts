import { KernelError } from "../../../core/errors.js";

/** How many errors are kept with their messages. */
const MOST_KEPT = 16;

/**
 * The errors of a device outside every error scope. They wait until someone asks. A program that never asks must not
 * fill the memory with them, so only the first ones are kept. The last one kept tells how many more there were.
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
