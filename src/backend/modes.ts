import type { CellOwner, Mode } from "../core/mode.js";
import type { Executor, Recorder } from "../core/runtime.js";
import type { Storage } from "../core/storage.js";

/** The normal mode: operators run, and assignments last. */
export function liveMode(executor: Executor): Mode {
  return {
    executor,
    rehearsal: undefined,
    valueOf: ({ cell }) => cell.storage,
    assign: ({ cell }, storage) => cell.assign(storage),
  };
}

/** The mode of a rehearsal. Assignments hold only inside. */
export class RehearsalMode implements Mode {
  readonly #assigned = new Map<CellOwner, Storage>();

  /**
   * @param executor traces operations, or runs them for a trial
   * @param rehearsal the name of the method. Inside, nothing can be read or written, because nothing lasts
   */
  constructor(
    readonly executor: Executor,
    readonly rehearsal: string,
  ) {}

  valueOf(variable: CellOwner): Storage {
    return this.#assigned.get(variable) ?? this.original(variable);
  }

  assign(variable: CellOwner, storage: Storage): void {
    const before = this.#assigned.get(variable);
    this.#assigned.set(variable, storage.retain());
    before?.release();
  }

  /** The last assignment to each variable. */
  get assigned(): ReadonlyMap<CellOwner, Storage> {
    return this.#assigned;
  }

  /** Releases the assigned values. */
  end(): void {
    for (const storage of this.#assigned.values()) storage.release();
    this.#assigned.clear();
  }

  /** A variable's values before its first assignment in this mode. */
  protected original(variable: CellOwner): Storage {
    return variable.cell.storage;
  }
}

/** The mode of a recording. A variable has the values that it will have when a replay begins. */
export class RecordingMode extends RehearsalMode {
  readonly #originals = new Map<CellOwner, Storage>();

  constructor(private readonly recorder: Recorder) {
    super(recorder, "record");
  }

  /** All variables that are used inside. */
  get variables(): ReadonlySet<CellOwner> {
    return new Set([...this.#originals.keys(), ...this.assigned.keys()]);
  }

  protected override original(variable: CellOwner): Storage {
    const known = this.#originals.get(variable) ?? this.recorder.variable(variable.cell);
    this.#originals.set(variable, known);
    return known;
  }
}
