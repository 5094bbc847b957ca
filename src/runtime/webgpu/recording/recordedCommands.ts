import { byteSize } from "../../../core/byteSize.js";
import type { Launch, ParamValues } from "../../../core/operation.js";
import { type Check, checked } from "../commands/faults.js";
import type { CommandSink } from "../commands/kernelLauncher.js";
import { type CommandQueue, type CommandTraits, type Dispatch, layOutParams } from "../commands/queue.js";
import type { Block } from "../memory/bufferPool.js";
import { BufferUsage } from "../memory/bufferUsage.js";
import type { ShaderParam } from "../shaders/linker.js";

export interface RecordedLaunch {
  readonly operator: string;
  readonly launch: Launch;
}

interface RecordedCommand {
  readonly dispatch: Dispatch;
  readonly blocks: readonly Block[];
}

/** Keeps commands in place of submitting them. */
export class RecordedCommands implements CommandSink {
  readonly limits: CommandSink["limits"];
  readonly paramsBytes: number;
  readonly paramsBuffer: GPUBuffer;
  /** Whether the params buffer could be allocated. */
  readonly allocated: Check;
  readonly #all: RecordedCommand[] = [];
  readonly #params: DataView<ArrayBuffer>;
  #slots = 0;

  constructor(
    private readonly device: GPUDevice,
    queue: CommandQueue,
    launches: readonly RecordedLaunch[],
  ) {
    this.limits = queue.limits;
    this.paramsBytes = queue.paramsBytes;
    const dispatches = launches.reduce((total, { launch }) => total + this.#mostPieces(launch.work), 0);
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

  get count(): number {
    return this.#all.length;
  }

  writeParams(fields: readonly ShaderParam[], ...values: (ParamValues | undefined)[]): number {
    const offset = this.#slots * this.paramsBytes;
    layOutParams(this.#params, offset, fields, values);
    this.#slots++;
    return offset;
  }

  record(dispatch: Dispatch, { blocks }: CommandTraits): Check {
    this.#all.push({ dispatch, blocks });
    return this.allocated;
  }

  flush(): void {}

  /** Call it once all is recorded. */
  finish(): void {
    this.device.queue.writeBuffer(this.paramsBuffer, 0, this.#params.buffer);
  }

  /**
   * The commands, cut so that no submit holds much more than its share of work. A command on a buffer in the caller's hands is alone: if the
   * caller has destroyed or mapped it, nothing else is refused.
   */
  batches(): readonly (readonly Dispatch[])[] {
    let batch: Dispatch[] = [];
    const batches = [batch];
    let work = 0;
    const cut = () => {
      if (batch.length === 0) return;
      batch = [];
      batches.push(batch);
      work = 0;
    };
    for (const { dispatch, blocks } of this.#all) {
      const exposed = blocks.some((block) => block.exposed);
      if (exposed || work >= this.limits.workPerSubmit) cut();
      batch.push(dispatch);
      work += dispatch.measured.operations;
      if (exposed) cut();
    }
    return batches;
  }

  destroy(): void {
    this.paramsBuffer.destroy();
  }

  #mostPieces(work: number): number {
    return Math.max(1, Math.ceil(work / this.limits.workPerSubmit));
  }
}
