/** What the page can ask of the worker, and what comes back. */
import type { Labelled } from "../data/load.js";
import type { Settings } from "../settings/settings.js";

export interface Questions {
  /** Test items by their numbers, from 0. */
  readonly testItems: { readonly data: Settings["data"]; readonly items: readonly number[] };
}

export interface Answers {
  readonly testItems: Labelled;
}
