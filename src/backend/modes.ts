import type { Mode } from "../core/mode.js";
import type { Cell, Executor, Recorder } from "../core/runtime.js";
import type { Storage } from "../core/storage.js";

/** The normal mode: operators run, and assignments last. */
export function liveMode(executor: Executor): Mode {
  return {
    executor,
    rehearsal: undefined,
    valueOf: (cell) => cell.storage,
    assign: (cell, storage) => cell.assign(storage),
  };
}

/** The mode of a rehearsal. Assignments hold only inside. */
export class RehearsalMode implements Mode {
  readonly #assigned = new Map<Cell, Storage>();

  /**
   * @param executor traces operations, or runs them for a trial
   * @param rehearsal the name of the method. Inside, nothing can be read or written, because nothing lasts
   */
  constructor(
    readonly executor: Executor,
    readonly rehearsal: string,
  ) {}

  valueOf(cell: Cell): Storage {
    return this.#assigned.get(cell) ?? this.original(cell);
  }

  assign(cell: Cell, storage: Storage): void {
    const before = this.#assigned.get(cell);
    this.#assigned.set(cell, storage.retain());
    before?.release();
  }

  /** The last assignment to each variable. */
  get assigned(): ReadonlyMap<Cell, Storage> {
    return this.#assigned;
  }

  /** Releases the assigned values. */
  end(): void {
    for (const storage of this.#assigned.values()) storage.release();
    this.#assigned.clear();
  }

  /** A variable's values before its first assignment in this mode. */
  protected original(cell: Cell): Storage {
    return cell.storage;
  }
}

/** The mode of a recording. A variable has the values that it will have when a replay begins. */
export class RecordingMode extends RehearsalMode {
  readonly #variables = new Map<Cell, Storage>();

  constructor(private readonly recorder: Recorder) {
    super(recorder, "record");
  }

  protected override original(cell: Cell): Storage {
    const known = this.#variables.get(cell) ?? this.recorder.variable(cell);
    this.#variables.set(cell, known);
    return known;
  }
}
