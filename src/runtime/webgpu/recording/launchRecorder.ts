import { existing } from "../../../core/objects.js";
import type { DeviceTraits, Launch, Named, Operation } from "../../../core/operation.js";
import type { Cell, RecordedOutcome, Recorder, Recording } from "../../../core/runtime.js";
import type { Storage } from "../../../core/storage.js";
import type { Lifetime } from "../../memoryPlan.js";
import type { BindingLimits } from "../commands/batches.js";
import { GpuExecutor, type LaunchTarget } from "../commands/executor.js";
import { storageIn } from "../commands/kernelLauncher.js";
import type { Block } from "../memory/bufferPool.js";
import type { DeviceMemory } from "../memory/deviceMemory.js";
import { GpuCell } from "../memory/gpuCell.js";
import { type GpuStorage, gpuStorage } from "../memory/gpuStorage.js";
import { Place } from "../memory/place.js";
import { LaunchRecording, type RecordedVariable, type RecordingHost } from "./launchRecording.js";
import type { RecordedLaunch } from "./recordedCommands.js";

/** Collects the launches of operators, and the lifetimes of the memory that the operators allocate. */
export class LaunchRecorder implements Recorder, LaunchTarget {
  readonly #launches: RecordedLaunch[] = [];
  readonly #computed = new Map<GpuStorage, Lifetime>();
  readonly #constants = new Set<GpuStorage>();
  readonly #inputs: Place[] = [];
  readonly #variables = new Map<GpuStorage, RecordedVariable>();
  readonly #memory: DeviceMemory;
  readonly #executor: GpuExecutor;

  /** @param nowhere the block of values that are not computed yet; it is never bound */
  constructor(
    private readonly host: RecordingHost,
    traits: DeviceTraits,
    limits: BindingLimits,
    private readonly nowhere: Block,
  ) {
    this.#memory = host.memory;
    this.#executor = new GpuExecutor(traits, limits, this);
  }

  run(operation: Operation, inputs: Named<Storage>): Record<string, Storage> {
    return this.#executor.run(operation, inputs);
  }

  upload(operator: string, values: Float32Array): Storage {
    return this.#memory.upload(operator, values);
  }

  fill(operator: string, elements: number, value: number): Storage {
    return this.#memory.fill(operator, elements, value);
  }

  input(elements: number): Storage {
    const place = new Place(this.#memory, "record", elements);
    this.#inputs.push(place);
    return place.memory;
  }

  variable(cell: Cell): Storage {
    const known = [...this.#variables].find(([, { cell: other }]) => other === cell);
    if (known) return known[0];
    const own = gpuCell(cell);
    const place = own.borrowPlace();
    this.#variables.set(place.memory, { cell: own, place });
    return place.memory;
  }

  allocate(_operator: string, elements: number): GpuStorage {
    const storage = this.#memory.view(elements, this.nowhere);
    this.#computed.set(storage, { bytes: storage.bytes, from: Number.POSITIVE_INFINITY, until: 0 });
    return storage;
  }

  launch(operator: string, launch: Launch): void {
    const now = this.#launches.push({ operator, launch }) - 1;
    for (const bound of Object.values(launch.bindings)) {
      const storage = storageIn(bound);
      const lifetime = this.#computed.get(storage);
      if (lifetime) this.#computed.set(storage, { ...lifetime, from: Math.min(lifetime.from, now), until: now + 1 });
      else this.#keep(storage);
    }
  }

  finish(outcome: RecordedOutcome): Recording {
    try {
      const results = outcome.results.map(gpuStorage);
      const assignments = outcome.assignments.map(({ cell, from }) => ({
        to: existing(this.#variables.get(gpuStorage(this.variable(cell)))),
        from: gpuStorage(from),
      }));
      for (const storage of [...results, ...assignments.map(({ from }) => from)]) {
        const lifetime = this.#computed.get(storage);
        if (lifetime) this.#computed.set(storage, { ...lifetime, until: Number.POSITIVE_INFINITY });
        else this.#keep(storage);
      }
      return new LaunchRecording(this.host, {
        launches: this.#launches,
        computed: this.#computed,
        constants: this.#constants,
        inputs: this.#inputs,
        variables: this.#variables,
        results,
        assignments,
      });
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  discard(): void {
    for (const storage of this.#constants) storage.release();
    for (const place of this.#inputs) place.release();
    for (const { cell } of this.#variables.values()) cell.returnPlace();
    this.#constants.clear();
    this.#variables.clear();
    this.#inputs.length = 0;
  }

  /** Retains a captured tensor's storage. The places of inputs and variables are held already. */
  #keep(storage: GpuStorage): void {
    const isPlace = this.#variables.has(storage) || this.#inputs.some(({ memory }) => memory === storage);
    if (isPlace || this.#constants.has(storage)) return;
    // Recorded commands are bound to a block. Its values must stay, so the storage moves out of a place.
    storage.tenancy?.vacate();
    this.#constants.add(storage.retain());
  }
}

function gpuCell(cell: Cell): GpuCell {
  if (cell instanceof GpuCell) return cell;
  throw new Error("expected a variable on the GPU");
}
