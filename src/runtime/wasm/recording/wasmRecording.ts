import type { Kernels } from "../../../core/kernels.js";
import { existing, mapValues, sum } from "../../../core/objects.js";
import type { Named } from "../../../core/operation.js";
import type { Executor, RecordedOutcome, Recording, RecordingPlan } from "../../../core/runtime.js";
import type { Storage } from "../../../core/storage.js";
import { type Lifetime, planMemory } from "../../memoryPlan.js";
import { OperationRecording, type RecordedWork } from "../../operationRecorder.js";
import type { WorkHost } from "../commands/liveWork.js";
import type { Work } from "../commands/work.js";
import type { Span } from "../memory/linearMemory.js";
import { type WasmStorage, wasmStorage } from "../memory/wasmStorage.js";
import { type PlannedCall, PlannedWork } from "./plannedWork.js";

/** The parts of a runtime that a recording needs. */
export interface RecordingHost extends WorkHost {
  /** The runtime's own executor. */
  readonly executor: Executor;
  kernels(work: Work): Kernels<Span>;
  allocate(operator: string, elements: number): WasmStorage;
  /** Queues a call. */
  queueCall(call: PlannedCall): void;
}

/** Sets of addresses beyond this number are forgotten, the oldest first. */
const MOST_BOUND = 8;
const BYTES_PER_ELEMENT = Float32Array.BYTES_PER_ELEMENT;

/**
 * Recorded operations whose calls are planned. Values that are not in use at the same time share a place, as on the
 * GPU.
 *
 * Inputs, variables and results are not in places of the recording, so no tensor's values change. Their addresses
 * differ from run to run, but come back after a few: a variable's new values take the memory of the values before the
 * last. So the calls are kept for each set of addresses, and a run plans nothing in the steady state.
 */
export class WasmRecording implements Recording {
  readonly plan: RecordingPlan;
  readonly #oneByOne: OperationRecording;
  /** Computed values that a result or an assignment needs. Each run allocates them. */
  readonly #escaping: readonly Storage[];
  /** Where the other computed values are. */
  readonly #spanOf = new Map<Storage, Span>();
  /** The workspaces, in the order of the requests. */
  readonly #workspaces: readonly Span[];
  readonly #places: Span[] = [];
  readonly #bound = new Map<string, readonly PlannedCall[]>();

  /** @throws OutOfMemoryError */
  constructor(
    private readonly host: RecordingHost,
    private readonly work: RecordedWork,
    private readonly outcome: RecordedOutcome,
  ) {
    this.#oneByOne = new OperationRecording(work, outcome);
    const wanted = new Set([...outcome.results, ...outcome.assignments.map(({ from }) => from)]);
    const computed = work.operations.flatMap(({ outputs }) => Object.values(outputs));
    this.#escaping = computed.filter((storage) => wanted.has(storage));
    const inner = computed.filter((storage) => !wanted.has(storage));
    const lifetimeOf = lifetimes(work, new Set(inner));
    const { workspaces, calls } = this.#rehearse();
    const all = [...inner.map((storage) => existing(lifetimeOf.get(storage))), ...workspaces];
    const { placeOf, placeBytes } = planMemory(all);
    try {
      for (const bytes of placeBytes) this.#places.push(host.memory.allocate("record", bytes / BYTES_PER_ELEMENT));
    } catch (error) {
      this.#free();
      throw error;
    }
    const spanAt = (i: number, bytes: number): Span => {
      const { address } = existing(this.#places[existing(placeOf[i])]);
      return { address, elements: bytes / BYTES_PER_ELEMENT };
    };
    for (const [i, storage] of inner.entries()) this.#spanOf.set(storage, spanAt(i, storage.bytes));
    this.#workspaces = workspaces.map(({ bytes }, i) => spanAt(inner.length + i, bytes));
    for (const constant of work.constants) this.#spanOf.set(constant, wasmStorage(constant).span);
    this.plan = {
      dispatches: calls,
      submits: 1,
      buffers: placeBytes.length,
      bufferBytes: sum(placeBytes),
      unsharedBytes: sum(all.map(({ bytes }) => bytes)),
      variableBytes: sum([...work.variables.keys()].map(({ bytes }) => bytes)),
    };
  }

  get sources(): readonly Storage[] {
    return this.#oneByOne.sources;
  }

  *replay(inputs: readonly (Storage | Float32Array)[], executor: Executor): Generator<void, readonly Storage[], void> {
    // An executor that measures needs the operations.
    if (executor !== this.host.executor) return yield* this.#oneByOne.replay(inputs, executor);
    const { assignments, results } = this.outcome;
    const held = new Map<Storage, Storage>();
    try {
      for (const { cell } of assignments) void cell.storage;
      for (const [placeholder, cell] of this.work.variables) held.set(placeholder, cell.storage.retain());
      for (const [i, placeholder] of this.work.inputs.entries()) {
        const input = existing(inputs[i]);
        held.set(placeholder, input instanceof Float32Array ? executor.upload("run", input) : input.retain());
      }
      for (const storage of this.#escaping) held.set(storage, this.host.allocate("record", storage.elements));
      for (const call of this.#callsFor(held)) this.host.queueCall(call);
      const valuesOf = (storage: Storage) => held.get(storage) ?? storage;
      const assigned = assignments.map(({ cell, from }) => ({ cell, value: valuesOf(from) }));
      const shown = results.map((storage) => valuesOf(storage).retain());
      for (const { cell, value } of assigned) cell.assign(value);
      return shown;
    } finally {
      for (const storage of held.values()) storage.release();
    }
  }

  dispose(): void {
    this.#free();
    this.#oneByOne.dispose();
  }

  /** The calls of all operations, with the addresses of this run. */
  #callsFor(held: ReadonlyMap<Storage, Storage>): readonly PlannedCall[] {
    const spans = new Map([...held].map(([placeholder, storage]) => [placeholder, wasmStorage(storage).span]));
    const key = [...spans.values()].map(({ address }) => address).join(" ");
    const known = this.#bound.get(key);
    if (known) return known;
    const calls = this.#bind((storage) => existing(spans.get(storage) ?? this.#spanOf.get(storage)));
    this.#bound.set(key, calls);
    for (const oldest of this.#bound.keys()) {
      if (this.#bound.size <= MOST_BOUND) break;
      this.#bound.delete(oldest);
    }
    return calls;
  }

  #bind(spanOf: (storage: Storage) => Span): readonly PlannedCall[] {
    let next = 0;
    const work = this.#planning(() => existing(this.#workspaces[next++]));
    const kernels = this.host.kernels(work);
    for (const { operation, inputs, outputs } of this.work.operations) {
      operation.cpu(kernels, mapValues(inputs, spanOf), mapValues(outputs, spanOf));
    }
    return work.calls;
  }

  /** Finds the workspaces that the operations ask for, and the number of their calls. */
  #rehearse(): { readonly workspaces: readonly Lifetime[]; readonly calls: number } {
    const workspaces: Lifetime[] = [];
    let now = 0;
    const nowhere = ({ elements }: { readonly elements: number }): Span => ({ address: 0, elements });
    const work = this.#planning((elements) => {
      workspaces.push({ bytes: elements * BYTES_PER_ELEMENT, from: now, until: now + 1 });
      return nowhere({ elements });
    });
    const kernels = this.host.kernels(work);
    for (const { operation, inputs, outputs } of this.work.operations) {
      operation.cpu(kernels, mapValues(inputs, nowhere), mapValues(outputs, nowhere));
      now++;
    }
    return { workspaces, calls: work.calls.length };
  }

  #planning(workspace: (elements: number) => Span): PlannedWork {
    return new PlannedWork(this.host.programs, this.host.relaxedSimd, workspace);
  }

  #free(): void {
    for (const span of this.#places) this.host.memory.release(span);
    this.#places.length = 0;
  }
}

/** How long each of these storages is in use, in numbers of operations. */
function lifetimes({ operations }: RecordedWork, storages: ReadonlySet<Storage>): ReadonlyMap<Storage, Lifetime> {
  const found = new Map<Storage, Lifetime>();
  const touch = (tensors: Named<Storage>, now: number) => {
    for (const storage of Object.values(tensors)) {
      if (!storages.has(storage)) continue;
      found.set(storage, { bytes: storage.bytes, from: found.get(storage)?.from ?? now, until: now + 1 });
    }
  };
  for (const [now, { inputs, outputs }] of operations.entries()) {
    touch(inputs, now);
    touch(outputs, now);
  }
  return found;
}
