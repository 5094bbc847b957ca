/** What the page can ask of the worker, and what comes back. */
import type { Labelled } from "../data/load.js";

export interface Questions {
  /** Test items by their numbers. */
  readonly testItems: { readonly items: readonly number[] };
}

export interface Answers {
  readonly testItems: Labelled;
}
