import type { Cell, Executor } from "./runtime.js";
import type { Storage } from "./storage.js";

/** A variable. If it is collected as garbage, its cell is disposed of. */
export interface CellOwner {
  /** @throws DisposedError */
  readonly cell: Cell;
}

/**
 * How the operators of a scope are carried out. A scope without a mode of its own has the mode of the scope around it.
 */
export interface Mode {
  readonly executor: Executor;
  /** Set in a rehearsal: the name of its method. Inside, nothing can be read, written or replayed. */
  readonly rehearsal: string | undefined;
  /** A variable's values in this mode. @throws DisposedError */
  valueOf(variable: CellOwner): Storage;
  /** Assigns to a variable, for good or until this mode ends. @throws DisposedError */
  assign(variable: CellOwner, storage: Storage): void;
}
