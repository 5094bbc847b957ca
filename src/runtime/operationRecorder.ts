import { existing, mapValues } from "../core/objects.js";
import type { Named, Operation } from "../core/operation.js";
import type { Cell, Executor, RecordedOutcome, Recorder, Recording } from "../core/runtime.js";
import { elementsOf } from "../core/shape.js";
import { PlaceholderStorage, type Storage } from "../core/storage.js";

export interface RecordedOperation {
  readonly operation: Operation;
  readonly inputs: Named<Storage>;
  /** Placeholders. */
  readonly outputs: Named<Storage>;
}

/** The values of the placeholders in one replay. */
type Values = Map<Storage, Storage>;

/** What a recorder has collected. */
export interface RecordedWork {
  readonly operations: readonly RecordedOperation[];
  /** Captured tensors and constants. The recording holds them. */
  readonly constants: ReadonlySet<Storage>;
  /** Placeholders, in the order of the inputs. */
  readonly inputs: readonly Storage[];
  readonly variables: ReadonlyMap<Storage, Cell>;
}

/**
 * Records operations. A replay runs them one by one, on any executor. CPU runtimes use this recorder, because they gain
 * nothing by a plan. Backends with `validate` use it, because they compare each operator with the reference.
 */
export class OperationRecorder implements Recorder {
  readonly #operations: RecordedOperation[] = [];
  readonly #constants = new Set<Storage>();
  readonly #inputs: Storage[] = [];
  readonly #variables = new Map<Storage, Cell>();
  readonly #placeholders = new Set<Storage>();

  /**
   * @param memory makes the constants
   * @param build makes the recording
   */
  constructor(
    private readonly memory: Pick<Executor, "upload" | "fill">,
    private readonly build = (work: RecordedWork, outcome: RecordedOutcome): Recording =>
      new OperationRecording(work, outcome),
  ) {}

  upload(operator: string, values: Float32Array): Storage {
    return this.memory.upload(operator, values);
  }

  fill(operator: string, elements: number, value: number): Storage {
    return this.memory.fill(operator, elements, value);
  }

  run(operation: Operation, inputs: Named<Storage>): Record<string, Storage> {
    for (const storage of Object.values(inputs)) this.#keep(storage);
    const outputs = mapValues(operation.outputs, (shape) => this.#placeholder(elementsOf(shape)));
    this.#operations.push({ operation, inputs, outputs });
    return outputs;
  }

  input(elements: number): Storage {
    const placeholder = this.#placeholder(elements);
    this.#inputs.push(placeholder);
    return placeholder;
  }

  variable(cell: Cell): Storage {
    const placeholder = this.#placeholder(cell.storage.elements);
    this.#variables.set(placeholder, cell);
    return placeholder;
  }

  finish(outcome: RecordedOutcome): Recording {
    for (const storage of [...outcome.results, ...outcome.assignments.map(({ from }) => from)]) this.#keep(storage);
    const work = {
      operations: this.#operations,
      constants: this.#constants,
      inputs: this.#inputs,
      variables: this.#variables,
    };
    try {
      return this.build(work, outcome);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  discard(): void {
    for (const storage of this.#constants) storage.release();
    this.#constants.clear();
  }

  #placeholder(elements: number): Storage {
    const placeholder = new PlaceholderStorage(elements);
    this.#placeholders.add(placeholder);
    return placeholder;
  }

  /** Retains a storage that is no placeholder. */
  #keep(storage: Storage): void {
    if (!this.#placeholders.has(storage) && !this.#constants.has(storage)) this.#constants.add(storage.retain());
  }
}

/** Recorded operations that are run one by one. */
export class OperationRecording implements Recording {
  readonly plan = undefined;
  /** For each operation, the placeholders that are no longer needed after it. */
  readonly #finished: readonly (readonly Storage[])[];

  constructor(
    private readonly work: RecordedWork,
    private readonly outcome: RecordedOutcome,
  ) {
    const lastUse = new Map<Storage, number>();
    for (const [i, { inputs, outputs }] of work.operations.entries()) {
      for (const storage of [...Object.values(inputs), ...Object.values(outputs)]) lastUse.set(storage, i);
    }
    for (const storage of this.#wanted()) lastUse.delete(storage);
    const finished = work.operations.map((): Storage[] => []);
    for (const [storage, i] of lastUse) finished[i]?.push(storage);
    this.#finished = finished;
  }

  get sources(): readonly Storage[] {
    return [...this.work.constants, ...[...this.work.variables.values()].map(({ storage }) => storage)];
  }

  *replay(inputs: readonly (Storage | Float32Array)[], executor: Executor): Generator<void, readonly Storage[], void> {
    const { operations, inputs: places, variables } = this.work;
    for (const { cell } of this.outcome.assignments) checkAlive(cell);
    const values: Values = new Map();
    try {
      for (const [placeholder, cell] of variables) values.set(placeholder, cell.storage.retain());
      for (const [i, place] of places.entries()) {
        const input = existing(inputs[i]);
        values.set(place, input instanceof Float32Array ? executor.upload("run", input) : input.retain());
      }
      for (const [i, { operation, inputs, outputs }] of operations.entries()) {
        const computed = executor.run(
          operation,
          mapValues(inputs, (storage) => this.#valueOf(storage, values)),
        );
        for (const [name, placeholder] of Object.entries(outputs)) values.set(placeholder, existing(computed[name]));
        for (const storage of this.#finished[i] ?? []) {
          values.get(storage)?.release();
          values.delete(storage);
        }
        yield;
      }
      // All values are collected before the first assignment, so two variables can exchange their values.
      const assigned = this.outcome.assignments.map(({ cell, from }) => ({ cell, value: this.#valueOf(from, values) }));
      const results = this.outcome.results.map((storage) => this.#valueOf(storage, values).retain());
      for (const { cell, value } of assigned) cell.assign(value);
      return results;
    } finally {
      for (const storage of values.values()) storage.release();
    }
  }

  dispose(): void {
    for (const storage of this.work.constants) storage.release();
  }

  #valueOf(storage: Storage, values: Values): Storage {
    return values.get(storage) ?? storage;
  }

  #wanted(): Storage[] {
    return [...this.outcome.results, ...this.outcome.assignments.map(({ from }) => from)];
  }
}

/** @throws DisposedError if the cell was disposed of. Later, it would be too late: a replay has no effects if it fails. */
function checkAlive(cell: Cell): Storage {
  return cell.storage;
}
