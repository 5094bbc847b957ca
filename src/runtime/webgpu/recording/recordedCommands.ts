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

/** Keeps commands for replays. It submits nothing. */
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

  enqueue(dispatch: Dispatch, { blocks }: CommandTraits): Check {
    this.#all.push({ dispatch, blocks });
    return this.allocated;
  }

  /** Call it when all launches are recorded. */
  finish(): void {
    this.device.queue.writeBuffer(this.paramsBuffer, 0, this.#params.buffer);
  }

  /**
   * The commands of each submission. No submission holds much more work than the limit. A command on an exposed block
   * goes alone: if the caller has destroyed or mapped the buffer, the device refuses only that one.
   */
  submissions(): readonly (readonly Dispatch[])[] {
    let submission: Dispatch[] = [];
    const submissions = [submission];
    let work = 0;
    const cut = () => {
      if (submission.length === 0) return;
      submission = [];
      submissions.push(submission);
      work = 0;
    };
    for (const { dispatch, blocks } of this.#all) {
      const exposed = blocks.some((block) => block.exposed);
      if (exposed || work >= this.limits.workPerSubmit) cut();
      submission.push(dispatch);
      work += dispatch.measured.operations;
      if (exposed) cut();
    }
    return submissions;
  }

  destroy(): void {
    this.paramsBuffer.destroy();
  }

  #mostPieces(work: number): number {
    return Math.max(1, Math.ceil(work / this.limits.workPerSubmit));
  }
}
