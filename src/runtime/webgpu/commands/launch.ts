import { KernelError, OutOfMemoryError } from "../../../core/errors.js";
import { type Block, GpuStorage } from "../memory/pool.js";
import { byteSize } from "../../../core/byteSize.js";
import type { ShaderParam } from "../shaders/linker.js";
import type { ParamValues, ShaderConstants, ShaderSource } from "../../../core/operation.js";
import { BindGroupCache, type BoundRange, type KernelCache } from "../shaders/pipelines.js";
import { type Check, unsettled } from "./faults.js";
import type { Dispatch, QueueLimits } from "./queue.js";

/** Part of a storage, for kernels that see one chunk of the batch at a time. */
export interface StorageSlice {
  readonly storage: GpuStorage;
  readonly offset: number;
  readonly bytes: number;
}

export type Bindable = GpuStorage | StorageSlice;

/** One run of a kernel. */
export interface Launch {
  readonly shader: ShaderSource;
  readonly constants: ShaderConstants;
  /**
   * Values for the shader's `Params`, by name; those of the grid are added, and what the shader does not ask for is left out. Of several records
   * the first to have a name decides; joining them by spreading takes V8 microseconds for each name.
   */
  readonly params: ParamValues | readonly (ParamValues | undefined)[];
  /** By the shader's names. */
  readonly bindings: Readonly<Record<string, Bindable>>;
  /** How many invocations have something to do; the grid is rounded up, folded and cut. */
  readonly invocations: number;
  /** Estimated operations, for deciding when to submit, and how finely to cut. */
  readonly work: number;
  /** Where the operator chose among kernels by itself. */
  readonly choice?: Choice | undefined;
}

/** A choice among kernels that autotuning may make. */
export interface Choice {
  /** What it hangs on. */
  readonly key: string;
  readonly candidates: readonly string[];
}

/** Gets in place of the device what operators would have it do. Each names itself first. */
export interface Trace {
  operator?(name: string): void;
  launch(operator: string, launch: Launch): void;
  workspace?(bytes: number): void;
}

/** What a plan may depend on, beside the geometry: plain numbers, so that a plan is a pure function which a test can ask. */
export interface DeviceTraits {
  /** A processor does the work: no coalescing and dear barriers, but few invocations fill it. */
  readonly software: boolean;
  /** Neighbouring invocations can hand values to each other. */
  readonly subgroups: boolean;
  readonly maxBindingBytes: number;
  /** What autotuning chose, by the key of the choice. */
  readonly tuning: Readonly<Record<string, string>>;
}

/** Takes the commands that launches come down to: to be submitted soon, or again and again. */
export interface CommandSink {
  readonly limits: QueueLimits;
  /** Holds the `Params` of each command, `paramsBytes` apart. */
  readonly paramsBuffer: GPUBuffer;
  readonly paramsBytes: number;
  /** Whether commands must say what they cost. */
  readonly measures: boolean;
  /** See `CommandQueue`. */
  writeParams(fields: readonly ShaderParam[], ...values: (ParamValues | undefined)[]): number;
  record(command: Dispatch, blocks: Iterable<Block>, proven: boolean, work: number): Check;
  flush(): void;
}

/** What plans may know of a device. */
export function traitsOf(device: GPUDevice, software: boolean, tuning: DeviceTraits["tuning"]): DeviceTraits {
  return {
    software,
    subgroups: device.features.has("subgroups"),
    maxBindingBytes: device.limits.maxStorageBufferBindingSize,
    tuning,
  };
}

/** Turns launches into commands. */
export class Dispatcher {
  /** Set while operators are traced: nothing runs. */
  trace: Trace | undefined;
  readonly #bindGroups: BindGroupCache;

  constructor(
    private readonly device: GPUDevice,
    private readonly kernels: KernelCache,
    private readonly sink: CommandSink,
    public traits: DeviceTraits,
  ) {
    this.#bindGroups = new BindGroupCache(device, sink.paramsBuffer, sink.paramsBytes);
  }

  get bindGroups(): BindGroupCache {
    return this.#bindGroups;
  }

  /** Compiles what a launch needs without blocking. @throws (rejects with) KernelError */
  prepare(operator: string, { shader, constants }: Launch): Promise<void> {
    return this.kernels.prepare(operator, shader, constants);
  }

  launch(operator: string, launch: Launch): void {
    if (this.trace) {
      this.trace.launch(operator, launch);
      return;
    }
    const { shader, constants, params, bindings, invocations, work } = launch;
    const kernel = this.kernels.get(operator, shader, constants);
    const ranges = new Map<string, BoundRange>();
    const read: GpuStorage[] = [];
    const written: GpuStorage[] = [];
    for (const { name, type, origin } of kernel.shader.bindings) {
      if (type === "uniform") continue;
      const bound = bindings[name];
      if (!bound) throw new KernelError(`${origin}: the operator ${operator} binds nothing to ${name}`);
      ranges.set(name, this.#rangeOf(operator, name, bound));
      (type === "storage" ? written : read).push(bound instanceof GpuStorage ? bound : bound.storage);
    }
    const storages = [...read, ...written];
    const blocks = storages.map((storage) => storage.block);
    const resources: (Check | undefined)[] = [kernel.check, ...blocks.map((block) => block.check)];
    const hangsOn = unsettled([[kernel.check], ...storages.map((storage) => storage.checks)]);
    if (!resources.some((check) => check?.failed)) {
      // A buffer in the caller's hands may be destroyed or mapped, and its values may change: such a command travels alone, and at once.
      const exposed = blocks.some((block) => block.exposed);
      const proven = !exposed && resources.every((check) => check === undefined || check.passed);
      const bindGroup = this.#bindGroups.get(kernel, ranges);
      for (const piece of this.#pieces(Math.ceil(invocations / kernel.shader.workgroupSize), work)) {
        // What folding rounds up must not run into the next piece, whose elements are written there.
        const end = Math.min(invocations, piece.endWorkgroup * kernel.shader.workgroupSize);
        const grid = { invocations: end, firstWorkgroup: piece.firstWorkgroup, gridWidth: piece.workgroups[0] };
        const paramsOffset = this.sink.writeParams(kernel.shader.params, grid, ...[params].flat());
        const { workgroups } = piece;
        const bytes = this.sink.measures ? (bytesOf(bindings) * piece.work) / work : 0;
        const measured = { operator, kernel: shader.path, operations: piece.work, bytes };
        const paramsOffsets = [paramsOffset] as const;
        const command = { measured, pipeline: kernel.pipeline, bindGroup, paramsOffsets, workgroups };
        hangsOn.add(this.sink.record(command, blocks, proven, piece.work));
      }
      if (exposed) this.sink.flush();
    }
    for (const storage of written) storage.checks = hangsOn;
  }

  /** Cuts what is more than one submit's work into several dispatches, since no submit may run for long. */
  *#pieces(workgroups: number, work: number) {
    const wanted = Math.ceil(work / this.sink.limits.workPerSubmit);
    const perPiece = Math.ceil(workgroups / Math.min(workgroups, Math.max(1, wanted)));
    for (let firstWorkgroup = 0; firstWorkgroup < workgroups; firstWorkgroup += perPiece) {
      const endWorkgroup = Math.min(firstWorkgroup + perPiece, workgroups);
      const count = endWorkgroup - firstWorkgroup;
      yield {
        firstWorkgroup,
        endWorkgroup,
        workgroups: foldGrid(count, this.device.limits.maxComputeWorkgroupsPerDimension),
        work: (work * count) / workgroups,
      };
    }
  }

  /**
   * Runs `kernel` over the whole batch at once where every tensor fits one binding, else over chunks of images that do.
   *
   * @param storages the tensors whose outermost extent is the batch
   * @param kernel called with what to bind under the same names, the first image and how many
   * @throws OutOfMemoryError where not even the smallest chunk fits
   */
  forEachBatch<Storages extends Readonly<Record<string, GpuStorage>>>(
    operator: string,
    images: number,
    storages: Storages,
    kernel: (chunk: { readonly [Name in keyof Storages]: Bindable }, images: number, first: number) => void,
  ): void;
  forEachBatch(
    operator: string,
    images: number,
    storages: Readonly<Record<string, GpuStorage>>,
    kernel: (chunk: Readonly<Record<string, Bindable>>, images: number, first: number) => void,
  ): void {
    const chunkImages = this.#imagesPerChunk(operator, images, storages);
    if (chunkImages >= images) {
      kernel(storages, images, 0);
      return;
    }
    for (let first = 0; first < images; first += chunkImages) {
      const count = Math.min(chunkImages, images - first);
      const slices: Record<string, Bindable> = {};
      for (const [name, storage] of Object.entries(storages)) {
        const imageBytes = storage.bytes / images;
        slices[name] = { storage, offset: first * imageBytes, bytes: count * imageBytes };
      }
      kernel(slices, count, first);
    }
  }

  /** How many images of a batch one dispatch may see. */
  #imagesPerChunk(operator: string, images: number, storages: Readonly<Record<string, GpuStorage>>): number {
    const limit = this.traits.maxBindingBytes;
    const all = Object.entries(storages);
    if (all.every(([, storage]) => storage.bytes <= limit)) return images;
    // A slice must start on the device's alignment, which is a power of two: so many images at a time keep all tensors on it.
    const alignment = this.device.limits.minStorageBufferOffsetAlignment;
    let multiple = 1;
    let fitting = images;
    for (const [, storage] of all) {
      const imageBytes = storage.bytes / images;
      while ((multiple * imageBytes) % alignment !== 0) multiple *= 2;
      fitting = Math.min(fitting, Math.floor(limit / imageBytes));
    }
    const chunk = fitting - (fitting % multiple);
    if (chunk > 0) return chunk;
    const needed = fitting === 0 ? "an image" : `${multiple} images at a time, as their alignment asks for,`;
    const sizes = all.map(([name, storage]) => `${name} ${byteSize(storage.bytes / images)}`).join(", ");
    throw new OutOfMemoryError(
      `${operator}: ${needed} (${sizes} an image) must fit one binding of this device, ${byteSize(limit)}; split the images, or ask for a device with a larger maxStorageBufferBindingSize`,
    );
  }

  #rangeOf(operator: string, name: string, bound: Bindable): BoundRange {
    if (!(bound instanceof GpuStorage)) {
      return { block: bound.storage.block, offset: bound.offset, bytes: bound.bytes };
    }
    const limit = this.traits.maxBindingBytes;
    if (bound.bytes > limit) {
      throw new OutOfMemoryError(
        `${operator}: ${name} takes ${byteSize(bound.bytes)}, one binding of this device holds ${byteSize(limit)}; make it smaller, or ask for a device with a larger maxStorageBufferBindingSize`,
      );
    }
    // The whole block, whatever part the tensor fills: one bind group serves every shape that fits the block.
    return { block: bound.block, offset: 0, bytes: wholeWords(Math.min(bound.block.bytes, limit)) };
  }
}

/** Cuts a count of workgroups into a grid whose width and height are within the limit; `lib/grid.wgsl` undoes it. */
export function foldGrid(workgroups: number, limit: number): readonly [width: number, height: number] {
  const height = Math.ceil(workgroups / limit);
  return [Math.ceil(workgroups / height), height];
}

/** How many neighbouring channels a kernel handles as one value: four where they divide. */
export function lanesFor(channels: number): 1 | 4 {
  return channels % 4 === 0 ? 4 : 1;
}

/** What a kernel has to move at least: each of its tensors once. */
function bytesOf(bindings: Launch["bindings"]): number {
  // What stands in for an absent bias is another binding's tensor.
  return [...new Set(Object.values(bindings))].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Down to a multiple of 4, which a binding must be; a caller's buffer may end in less. */
function wholeWords(bytes: number): number {
  return bytes - (bytes % 4);
}
