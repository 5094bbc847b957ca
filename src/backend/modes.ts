import type { Mode } from "../core/mode.js";
import type { Cell, Executor, Recorder } from "../core/runtime.js";
import type { Storage } from "../core/storage.js";

/** Operators run, and assignments last. */
export function liveMode(executor: Executor): Mode {
  return {
    executor,
    rehearsal: undefined,
    valueOf: (cell) => cell.storage,
    assign: (cell, storage) => cell.assign(storage),
  };
}

/** Assignments hold inside and are gone afterwards. Nobody but this mode sees them. */
export class RehearsalMode implements Mode {
  readonly #assigned = new Map<Cell, Storage>();

  /**
   * @param executor traces, or runs what is only tried out
   * @param rehearsal the method inside which nothing can be read or written, since nothing lasts
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

  /** What was assigned last to each variable. */
  get assigned(): ReadonlyMap<Cell, Storage> {
    return this.#assigned;
  }

  /** Lets go of what was assigned. */
  end(): void {
    for (const storage of this.#assigned.values()) storage.release();
    this.#assigned.clear();
  }

  /** What a variable holds before it is assigned. */
  protected original(cell: Cell): Storage {
    return cell.storage;
  }
}

/** Operators are recorded. A variable is what it will be when a replay begins. */
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
