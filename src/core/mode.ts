import type { Cell, Executor } from "./runtime.js";
import type { Storage } from "./storage.js";

/** How the operators called in a scope are carried out. Each scope is given one, or has that of the scope around it. */
export interface Mode {
  readonly executor: Executor;
  /** The method inside which nothing lasts, so that nothing can be read, written or replayed; undefined elsewhere. */
  readonly rehearsal: string | undefined;
  /** A variable's values, as this mode sees them. */
  valueOf(cell: Cell): Storage;
  /** Assigns to a variable, for as long as this mode lasts or for good. */
  assign(cell: Cell, storage: Storage): void;
}
