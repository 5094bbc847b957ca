import { sum } from "../../../core/objects.js";
import type { Executor, Recording, RecordingPlan } from "../../../core/runtime.js";
import type { Storage } from "../../../core/storage.js";
import { type Lifetime, planMemory } from "../../memoryPlan.js";
import { type Check, checked, unsettled } from "../commands/faults.js";
import { KernelLauncher } from "../commands/kernelLauncher.js";
import type { Profiler } from "../commands/profiler.js";
import { type Command, type CommandQueue, type Copy, encode, operatorsOf } from "../commands/queue.js";
import type { DeviceMemory } from "../memory/deviceMemory.js";
import type { GpuCell } from "../memory/gpuCell.js";
import { type GpuStorage, gpuStorage } from "../memory/gpuStorage.js";
import { Place } from "../memory/place.js";
import type { KernelCache } from "../shaders/pipelines.js";
import { RecordedCommands, type RecordedLaunch } from "./recordedCommands.js";

/** The parts of a runtime that a recording needs. */
export interface RecordingHost {
  readonly device: GPUDevice;
  readonly queue: CommandQueue;
  readonly memory: DeviceMemory;
  readonly kernels: KernelCache;
  /** Waits for a check in `settled()`. */
  watch(check: Check): void;
  /** The profiler of an executor that measures. */
  profilerOf(executor: Executor): Profiler | undefined;
}

export interface RecordedVariable {
  readonly cell: GpuCell;
  /** Borrowed from the cell for as long as the recording lives. */
  readonly place: Place;
}

/** What a recorder has collected. A recording is built from it. */
export interface RecordedWork {
  readonly launches: readonly RecordedLaunch[];
  /** The values that the operations compute, and how long each is in use. */
  readonly computed: ReadonlyMap<GpuStorage, Lifetime>;
  /** Captured tensors and constants. Their values do not change. The recording holds them. */
  readonly constants: ReadonlySet<GpuStorage>;
  /** Where each replay puts its inputs. The recording holds them. */
  readonly inputs: readonly Place[];
  /** The variables that the operations read or assign, by the memory of their places. */
  readonly variables: ReadonlyMap<GpuStorage, RecordedVariable>;
  /** Storages whose values are asked for. */
  readonly results: readonly GpuStorage[];
  /** A replay does them at its end, as if all at the same time. */
  readonly assignments: readonly { readonly to: RecordedVariable; readonly from: GpuStorage }[];
}

/**
 * Commands that can be submitted again and again. A replay allocates and binds nothing.
 *
 * Its memory consists of places: for inputs, for variables and for computed values. Computed values that are not in use
 * at the same time share a place. A replay first moves out every tenant that is still needed elsewhere, so no tensor's
 * values change.
 */
export class LaunchRecording implements Recording {
  readonly plan: RecordingPlan;
  readonly #commands: RecordedCommands;
  /** For computed values. */
  readonly #places: Place[] = [];
  /** The place of each computed storage. */
  readonly #placeOf = new Map<GpuStorage, Place>();
  /** For old values that an assignment overwrites and that something else needs; by the memory of the variable. */
  readonly #saved = new Map<GpuStorage, Place>();
  /** The checks of its kernels and buffers. */
  #built: ReadonlySet<Check> = new Set();

  constructor(
    private readonly host: RecordingHost,
    private readonly work: RecordedWork,
  ) {
    const lifetimes = [...work.computed.values()];
    const { placeOf, placeBytes } = planMemory(lifetimes);
    this.#commands = new RecordedCommands(host.device, host.queue, work.launches);
    try {
      for (const bytes of placeBytes) {
        this.#places.push(new Place(host.memory, "record", bytes / Float32Array.BYTES_PER_ELEMENT));
      }
      for (const [i, storage] of [...work.computed.keys()].entries()) {
        const place = this.#places[placeOf[i] ?? -1];
        if (!place) continue;
        storage.moveTo(place.memory.block, () => {});
        this.#placeOf.set(storage, place);
      }
      this.#recordCommands();
      for (const memory of this.#overwritten()) {
        this.#saved.set(memory, new Place(host.memory, "record", memory.elements));
      }
    } catch (error) {
      this.#free();
      throw error;
    }
    this.plan = {
      dispatches: this.#commands.count,
      submits: this.#commands.submissions().length,
      buffers: placeBytes.length,
      bufferBytes: sum(placeBytes),
      unsharedBytes: sum(lifetimes.map(({ bytes }) => bytes)),
      variableBytes: sum([...work.variables.keys()].map(({ bytes }) => bytes)),
    };
  }

  get sources(): readonly Storage[] {
    return [...this.work.constants, ...[...this.work.variables.values()].map(({ cell }) => cell.storage)];
  }

  *replay(inputs: readonly (Storage | Float32Array)[], executor: Executor): Generator<void, readonly Storage[], void> {
    this.#makeReady();
    const arrivals = this.#takeInputs(inputs);
    // Queued commands may read present values, so they go first.
    this.host.queue.flush();
    const profiler = this.host.profilerOf(executor);
    const before = this.#hangsOn(inputs);
    const checks = this.#submissions(arrivals).map((commands) => this.#submit(commands, profiler));
    const hangsOn = unsettled([before, checks]);
    for (const { to, from } of this.work.assignments) to.cell.overwritten(unsettled([hangsOn, from.checks]));
    return this.#results(hangsOn);
  }

  dispose(): void {
    this.#free();
    for (const place of this.work.inputs) place.release();
    for (const storage of this.work.constants) storage.release();
    for (const { cell } of this.work.variables.values()) cell.returnPlace();
  }

  #recordCommands(): void {
    const { device, kernels } = this.host;
    const launcher = new KernelLauncher(device, kernels, this.#commands);
    for (const { operator, launch } of this.work.launches) launcher.launch(operator, launch);
    this.#commands.finish();
    const { computed, constants, inputs } = this.work;
    this.#built = unsettled([
      [this.#commands.allocated],
      ...[...computed.keys(), ...constants].map(({ checks }) => checks),
      ...[...this.#places, ...inputs].map(({ allocated }) => allocated),
    ]);
  }

  /** The memory of each variable that is assigned while a result or another assignment needs its old values. */
  #overwritten(): ReadonlySet<GpuStorage> {
    const { results, assignments } = this.work;
    const assigned = new Set(assignments.map(({ to }) => to.place.memory));
    const asked = [...results, ...assignments.map(({ from }) => from)];
    return new Set(asked.filter((storage) => assigned.has(storage)));
  }

  /**
   * Brings variables to their places, and moves out tenants that are needed elsewhere. Only this part of a replay can
   * throw.
   */
  #makeReady(): void {
    const { inputs, variables, assignments } = this.work;
    for (const { cell } of variables.values()) cell.settle();
    for (const place of [...inputs, ...this.#places, ...this.#saved.values()]) place.vacate();
    for (const { to } of assignments) to.cell.makeReady();
  }

  /** Writes inputs that are numbers. @returns the copies that bring the inputs that are tensors */
  #takeInputs(inputs: readonly (Storage | Float32Array)[]): Move[] {
    const moves: Move[] = [];
    for (const [i, { memory }] of this.work.inputs.entries()) {
      const input = inputs[i];
      if (input instanceof Float32Array) this.host.memory.overwrite(memory, input);
      else if (input) moves.push({ from: gpuStorage(input), to: memory });
    }
    return moves;
  }

  /** The commands of a replay, by submission. A command on an exposed block goes alone. */
  #submissions(arrivals: readonly Move[]): readonly (readonly Command[])[] {
    const isExposed = ({ from }: Move) => from.block.exposed;
    const together = (moves: readonly Move[]) => moves.filter((move) => !isExposed(move)).map(copyOf);
    const alone = (moves: readonly Move[]) => moves.filter(isExposed).map((move) => [copyOf(move)]);
    const assignments = this.#assignments();
    const recorded = this.#commands.submissions();
    const submissions = recorded.map((dispatches, i) => [
      ...(i === 0 ? together(arrivals) : []),
      ...dispatches,
      ...(i === recorded.length - 1 ? together(assignments) : []),
    ]);
    return [...alone(arrivals), ...submissions, ...alone(assignments)];
  }

  #submit(commands: readonly Command[], profiler: Profiler | undefined): Check {
    const { device, watch } = this.host;
    const { check } = checked(
      device,
      ({ message }) => `${operatorsOf(commands)}: the device refused the recorded work (${message})`,
      () => device.queue.submit([encode(device, commands, profiler)]),
    );
    watch(check);
    return check;
  }

  /** The checks that all values of a replay depend on. */
  #hangsOn(inputs: readonly (Storage | Float32Array)[]): ReadonlySet<Check> {
    this.#built = unsettled([this.#built]);
    const tensors = inputs.flatMap((input) => (input instanceof Float32Array ? [] : [gpuStorage(input).checks]));
    const variables = [...this.work.variables.values()].map(({ cell }) => cell.storage.checks);
    return unsettled([this.#built, ...tensors, ...variables]);
  }

  /** The assignments, as if all at the same time: copies that save old values come first. */
  #assignments(): Move[] {
    const saves = [...this.#saved].map(([from, { memory }]) => ({ from, to: memory }));
    const assigned = this.work.assignments.map(({ to, from }) => ({
      from: this.#saved.get(from)?.memory ?? from,
      to: to.place.memory,
    }));
    return [...saves, ...assigned];
  }

  #results(hangsOn: ReadonlySet<Check>): readonly Storage[] {
    const shown = new Map<GpuStorage, Storage>();
    return this.work.results.map((result) => {
      const known = shown.get(result);
      if (known) return known.retain();
      const storage = this.#resultOf(result, hangsOn);
      shown.set(result, storage);
      return storage;
    });
  }

  #resultOf(result: GpuStorage, hangsOn: ReadonlySet<Check>): Storage {
    const input = this.work.inputs.find(({ memory }) => memory === result);
    const place = this.#placeOf.get(result) ?? this.#saved.get(result) ?? input;
    if (place) return place.show(result.elements, unsettled([hangsOn, result.checks]));
    // A variable that is not assigned, or a captured tensor.
    return (this.work.variables.get(result)?.cell.storage ?? result).retain();
  }

  #free(): void {
    this.#commands.destroy();
    for (const place of [...this.#places, ...this.#saved.values()]) place.release();
    this.#places.length = 0;
    this.#saved.clear();
  }
}

/** Fills `to` from the beginning of `from`. */
interface Move {
  readonly from: GpuStorage;
  readonly to: GpuStorage;
}

function copyOf({ from, to }: Move): Copy {
  return { operator: "record", source: from.block, destination: to.block.buffer, bytes: to.bytes };
}
