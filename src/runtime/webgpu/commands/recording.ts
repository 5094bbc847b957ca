import { DisposedError } from "../../../core/errors.js";
import { sum } from "../../../core/records.js";
import { type Lifetime, planMemory } from "../memory/memoryPlan.js";
import { type Block, type BufferPool, BufferUsage, GpuStorage } from "../memory/pool.js";
import { byteSize } from "../../../core/byteSize.js";
import type { ShaderParam } from "../shaders/linker.js";
import type { ParamValues } from "../../../core/operation.js";
import type { KernelCache } from "../shaders/pipelines.js";
import { Check, checked, unsettled } from "./faults.js";
import { type CommandSink, Dispatcher } from "./launch.js";
import type { Bindable } from "../../../core/storage.js";
import type { DeviceTraits, Launch } from "../../../core/operation.js";
import type { Trace } from "../../../core/runtime.js";
import { type Command, type CommandQueue, type Dispatch, encode, layOutParams, operatorsOf } from "./queue.js";

/** What is needed of a runtime to build and replay recordings. */
export interface RecordingHost {
  readonly device: GPUDevice;
  readonly queue: CommandQueue;
  readonly pool: BufferPool;
  readonly kernels: KernelCache;
  readonly traits: DeviceTraits;
  /** A storage that shows memory of somebody else's. */
  view(elements: number, block: Block): GpuStorage;
  /** A storage with memory of its own. */
  allocate(elements: number): GpuStorage;
  watch(check: Check): void;
}

interface RecordedLaunch {
  readonly operator: string;
  readonly launch: Launch;
}

/** Collects the launches of traced operators, and which of them touch the memory that they allocate. */
export class Recorder implements Trace {
  readonly #launches: RecordedLaunch[] = [];
  /** What was there before: inputs, variables, constants. Kept, since replays read it. */
  readonly #lasting = new Set<GpuStorage>();
  /** What is computed under way, and how long it is in use. */
  readonly #passing = new Map<GpuStorage, Lifetime>();

  /** @param standIn makes something to hold while there is no memory yet */
  constructor(private readonly standIn: (elements: number) => GpuStorage) {}

  get launches(): readonly RecordedLaunch[] {
    return this.#launches;
  }

  get passing(): ReadonlyMap<GpuStorage, Lifetime> {
    return this.#passing;
  }

  launch(operator: string, launch: Launch): void {
    const now = this.#launches.push({ operator, launch }) - 1;
    for (const bound of Object.values(launch.bindings)) {
      const storage = storageOf(bound);
      const lifetime = this.#passing.get(storage);
      if (lifetime) this.#passing.set(storage, { ...lifetime, from: Math.min(lifetime.from, now), until: now + 1 });
      else if (!this.#lasting.has(storage)) this.#lasting.add(storage.retain());
    }
  }

  allocate(elements: number): GpuStorage {
    const storage = this.standIn(elements);
    this.#passing.set(storage, { bytes: storage.bytes, from: Number.POSITIVE_INFINITY, until: 0 });
    return storage;
  }

  /** Says that a storage is in use to the end. */
  hold(storage: GpuStorage): void {
    const lifetime = this.#passing.get(storage);
    if (lifetime) this.#passing.set(storage, { ...lifetime, until: Number.POSITIVE_INFINITY });
  }

  /** Lets go of what was kept. */
  release(): void {
    for (const storage of this.#lasting) storage.release();
    this.#lasting.clear();
  }
}

/** What a recording takes. */
export interface RecordingPlan {
  readonly dispatches: number;
  /** Submits of a replay. */
  readonly submits: number;
  /** Buffers that hold what is computed under way, reused by lifetime, and their bytes. */
  readonly buffers: number;
  readonly bufferBytes: number;
  /** What the same would take if each tensor had a buffer of its own. */
  readonly unsharedBytes: number;
}

/** A copy at the end of a replay. */
export interface Assignment {
  readonly from: GpuStorage;
  readonly to: GpuStorage;
}

/** What is left of recorded work for its replays to give. */
export interface RecordedOutcome {
  /** Storages whose values are asked for. */
  readonly results: readonly GpuStorage[];
  /** Done at the end of each replay, as if all at once. */
  readonly assignments: readonly Assignment[];
}

/** Commands that can be submitted again and again: nothing is allocated or bound anew. */
export class Recording {
  readonly plan: RecordingPlan;
  readonly #commands: RecordedCommands;
  readonly #places: readonly GpuStorage[];
  readonly #real = new Map<GpuStorage, GpuStorage>();
  readonly #assignments: readonly Assignment[];
  readonly #aside: readonly Assignment[];
  readonly #batches: readonly (readonly Dispatch[])[];
  /** Results of the last replay. */
  #shown: GpuStorage[] = [];
  /** What must have gone well when it was built: kernels and buffers. */
  #built: ReadonlySet<Check>;

  constructor(
    private readonly host: RecordingHost,
    private readonly recorder: Recorder,
    private readonly outcome: RecordedOutcome,
  ) {
    const { results, assignments } = outcome;
    for (const storage of [...results, ...assignments.map(({ from }) => from)]) recorder.hold(storage);
    const lifetimes = [...recorder.passing.values()];
    const { placeOf, placeBytes } = planMemory(lifetimes);
    this.#places = placeBytes.map((bytes) => host.allocate(bytes / Float32Array.BYTES_PER_ELEMENT));
    for (const [i, storage] of [...recorder.passing.keys()].entries()) {
      const place = this.#places[placeOf[i] ?? -1];
      if (place) this.#real.set(storage, host.view(storage.elements, place.block));
    }
    this.#commands = new RecordedCommands(host, recorder.launches);
    const dispatcher = new Dispatcher(host.device, host.kernels, this.#commands, host.traits);
    for (const { operator, launch } of recorder.launches) {
      const bindings: Record<string, Bindable> = {};
      for (const [name, bound] of Object.entries(launch.bindings)) bindings[name] = this.#resolve(bound);
      dispatcher.launch(operator, { ...launch, bindings });
    }
    this.#commands.finish();
    // What is there before may be another assignment's target: it is set aside first.
    this.#aside = assignments
      .filter(({ from }) => !this.#real.has(from))
      .map(({ from }) => ({ from, to: host.allocate(from.elements) }));
    for (const { from, to } of this.#aside) this.#real.set(from, to);
    this.#assignments = assignments;
    this.#batches = batchesOf(this.#commands.all, host.queue.limits.workPerSubmit);
    this.#built = unsettled([
      [this.#commands.allocated],
      ...[...this.#real.values(), ...this.#places].map(({ checks }) => checks),
    ]);
    this.plan = {
      dispatches: this.#commands.all.length,
      submits: this.#batches.length,
      buffers: placeBytes.length,
      bufferBytes: sum(placeBytes),
      unsharedBytes: sum(lifetimes.map(({ bytes }) => bytes)),
    };
  }

  /**
   * Runs the commands once more.
   *
   * @param inputs done first
   * @returns a storage for each result, good until the next replay: then it says that it is overwritten
   */
  replay(inputs: readonly Assignment[]): readonly GpuStorage[] {
    const { device, queue } = this.host;
    this.#expire();
    // What reads the last results, or writes the inputs, comes first.
    queue.flush();
    const before = inputs.map(copyOf);
    const assigned = this.#assignments.map(({ from, to }) => ({ from: this.#resolved(from), to }));
    const after = [...this.#aside, ...assigned].map(copyOf);
    const checks = this.#batches.map((batch, i) => {
      const commands = [...(i === 0 ? before : []), ...batch, ...(i === this.#batches.length - 1 ? after : [])];
      const { check } = checked(
        device,
        ({ message }) => `${operatorsOf(commands)}: the device refused the recorded work (${message})`,
        () => device.queue.submit([encode(device, commands, queue.profiler)]),
      );
      this.host.watch(check);
      return check;
    });
    this.#built = unsettled([this.#built]);
    const hangsOn = [this.#built, ...inputs.map(({ from }) => from.checks), checks];
    for (const { to } of this.#assignments) to.checks = unsettled([...hangsOn, to.checks]);
    this.#shown = this.outcome.results.map((result) => {
      const { block, checks } = this.#resolved(result);
      const shown = this.host.view(result.elements, block);
      shown.checks = unsettled([...hangsOn, checks]);
      return shown;
    });
    return this.#shown;
  }

  dispose(): void {
    this.#expire();
    this.#commands.destroy();
    for (const place of [...this.#places, ...this.#aside.map(({ to }) => to)]) place.release();
    this.recorder.release();
  }

  #expire(): void {
    const error = new DisposedError(
      "read: this result of a recorded step was overwritten by the next replay, or the step disposed of; read it before",
    );
    for (const storage of this.#shown) storage.checks = new Set([new Check(Promise.resolve(error))]);
    this.#shown = [];
  }

  #resolve(bound: Bindable): Bindable {
    return bound instanceof GpuStorage ? this.#resolved(bound) : { ...bound, storage: this.#resolved(bound.storage) };
  }

  #resolved(storage: GpuStorage): GpuStorage {
    return this.#real.get(storage) ?? storage;
  }
}

/** Cuts commands so that no submit holds much more than its share of work. */
function batchesOf(commands: readonly Dispatch[], workPerSubmit: number): Dispatch[][] {
  let batch: Dispatch[] = [];
  const batches = [batch];
  let work = 0;
  for (const command of commands) {
    if (work >= workPerSubmit) {
      batch = [];
      batches.push(batch);
      work = 0;
    }
    batch.push(command);
    work += command.measured.operations;
  }
  return batches;
}

/** Keeps commands in place of submitting them. */
class RecordedCommands implements CommandSink {
  readonly all: Dispatch[] = [];
  readonly limits: CommandSink["limits"];
  readonly paramsBytes: number;
  readonly paramsBuffer: GPUBuffer;
  readonly measures = true;
  readonly allocated: Check;
  readonly #params: DataView<ArrayBuffer>;
  #slots = 0;

  constructor(
    private readonly host: RecordingHost,
    launches: readonly RecordedLaunch[],
  ) {
    const { device, queue } = host;
    this.limits = queue.limits;
    this.paramsBytes = queue.paramsBytes;
    const dispatches = launches.reduce((total, { launch }) => total + this.#mostPieces(launch), 0);
    this.#params = new DataView(new ArrayBuffer(Math.max(1, dispatches) * this.paramsBytes));
    const { result, check } = checked(
      device,
      ({ message }) => `record: the device could not allocate ${byteSize(this.#params.byteLength)} (${message})`,
      () =>
        device.createBuffer({
          size: this.#params.byteLength,
          usage: BufferUsage.UNIFORM | BufferUsage.COPY_DST,
          label: "webgpu-cnn recorded params",
        }),
    );
    this.paramsBuffer = result;
    this.allocated = check;
  }

  writeParams(fields: readonly ShaderParam[], ...values: (ParamValues | undefined)[]): number {
    const offset = this.#slots++ * this.paramsBytes;
    layOutParams(this.#params, offset, fields, values);
    return offset;
  }

  record(command: Dispatch): Check {
    this.all.push(command);
    return this.allocated;
  }

  flush(): void {}

  /** Call it once all is recorded. */
  finish(): void {
    this.host.device.queue.writeBuffer(this.paramsBuffer, 0, this.#params.buffer);
  }

  destroy(): void {
    this.paramsBuffer.destroy();
  }

  #mostPieces({ work }: Launch): number {
    return Math.max(1, Math.ceil(work / this.limits.workPerSubmit));
  }
}

function copyOf({ from, to }: Assignment): Command {
  return { operator: "record", source: from.block, destination: to.block.buffer, bytes: to.bytes };
}

function storageOf(bound: Bindable): GpuStorage {
  return bound instanceof GpuStorage ? bound : bound.storage;
}
