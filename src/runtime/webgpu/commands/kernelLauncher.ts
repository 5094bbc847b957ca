import { byteSize } from "../../../core/byteSize.js";
import { KernelError, OutOfMemoryError } from "../../../core/errors.js";
import type { Launch, ParamValues } from "../../../core/operation.js";
import type { Bindable } from "../../../core/storage.js";
import { type GpuStorage, gpuStorage } from "../memory/gpuStorage.js";
import { BindGroupCache, type BoundRange } from "../shaders/bindGroups.js";
import type { ShaderParam } from "../shaders/linker.js";
import type { KernelCache } from "../shaders/pipelines.js";
import { type Check, unsettled } from "./faults.js";
import type { Profiler } from "./profiler.js";
import type { CommandTraits, Dispatch, QueueLimits } from "./queue.js";

/** Takes the commands of launches: a queue submits them once, a recording many times. */
export interface CommandSink {
  readonly limits: QueueLimits;
  /** Holds the `Params` of each command, `paramsBytes` apart. */
  readonly paramsBuffer: GPUBuffer;
  readonly paramsBytes: number;
  /** See `CommandQueue`. */
  writeParams(fields: readonly ShaderParam[], ...values: (ParamValues | undefined)[]): number;
  enqueue(command: Dispatch, traits: CommandTraits): Check;
}

/** Makes commands from launches. */
export class KernelLauncher {
  readonly bindGroups: BindGroupCache;

  constructor(
    private readonly device: GPUDevice,
    private readonly kernels: KernelCache,
    private readonly sink: CommandSink,
  ) {
    this.bindGroups = new BindGroupCache(device, sink.paramsBuffer, sink.paramsBytes);
  }

  /** @throws KernelError if shader and launch do not fit; OutOfMemoryError if a tensor does not fit a binding */
  launch(operator: string, launch: Launch, profiler?: Profiler): void {
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
      (type === "storage" ? written : read).push(storageIn(bound));
    }
    const storages = [...read, ...written];
    const blocks = storages.map((storage) => storage.block);
    const resources: (Check | undefined)[] = [kernel.check, ...blocks.map((block) => block.check)];
    const hangsOn = unsettled([[kernel.check], ...storages.map((storage) => storage.checks)]);
    if (!resources.some((check) => check?.failed)) {
      const bindGroup = this.bindGroups.get(kernel, ranges);
      for (const piece of this.#pieces(Math.ceil(invocations / kernel.shader.workgroupSize), work)) {
        // Folding may add workgroups. `end` keeps them from writing the elements of the next piece.
        const end = Math.min(invocations, piece.endWorkgroup * kernel.shader.workgroupSize);
        const grid = { invocations: end, firstWorkgroup: piece.firstWorkgroup, gridWidth: piece.workgroups[0] };
        const paramsOffset = this.sink.writeParams(kernel.shader.params, grid, ...[params].flat());
        const { workgroups } = piece;
        const bytes = (bytesOf(bindings) * piece.work) / work;
        const measured = { operator, kernel: shader.path, operations: piece.work, bytes };
        const command = {
          measured,
          pipeline: kernel.pipeline,
          bindGroup,
          paramsOffsets: [paramsOffset] as const,
          workgroups,
        };
        hangsOn.add(this.sink.enqueue(command, { blocks, check: kernel.check, work: piece.work, profiler }));
      }
    }
    for (const storage of written) storage.checks = hangsOn;
  }

  /** Cuts a launch into several dispatches if it is more than one submission's work: no submission may run for long. */
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

  #rangeOf(operator: string, name: string, bound: Bindable): BoundRange {
    const { block } = storageIn(bound);
    if ("storage" in bound) return { block, offset: bound.offset, bytes: bound.bytes };
    const limit = this.device.limits.maxStorageBufferBindingSize;
    if (bound.bytes > limit) {
      throw new OutOfMemoryError(
        `${operator}: ${name} takes ${byteSize(bound.bytes)}, one binding of this device holds ${byteSize(limit)}; make it smaller, or ask for a device with a larger maxStorageBufferBindingSize`,
      );
    }
    // Binds the whole block, even if the tensor fills only a part. One bind group then serves every shape that fits the
    // block.
    return { block, offset: 0, bytes: wholeWords(Math.min(block.bytes, limit)) };
  }
}

/** The storage that is bound, whole or in part. */
export function storageIn(bound: Bindable): GpuStorage {
  return gpuStorage("storage" in bound ? bound.storage : bound);
}

/** Folds a count of workgroups into a grid whose width and height are within the limit. `lib/grid.wgsl` undoes it. */
export function foldGrid(workgroups: number, limit: number): readonly [width: number, height: number] {
  const height = Math.ceil(workgroups / limit);
  return [Math.ceil(workgroups / height), height];
}

/** The least memory traffic of a kernel: each of its tensors once. */
function bytesOf(bindings: Launch["bindings"]): number {
  // If there is no bias, its binding holds the tensor of another binding.
  return [...new Set(Object.values(bindings))].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Down to a multiple of 4, which a binding must be; a caller's buffer may end in less. */
function wholeWords(bytes: number): number {
  return bytes - (bytes % 4);
}
