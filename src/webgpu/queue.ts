import { KernelError, type WebGPUCNNError } from "../errors.js";
import { type Block, BufferUsage } from "./buffers.js";
import { Check, checked } from "./faults.js";
import type { ShaderParam } from "./wgsl.js";

/** One run of a kernel, ready to be encoded. */
export interface Dispatch {
  readonly operator: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** Where the kernel's `Params` lie; see `CommandQueue.writeParams`. */
  readonly paramsOffset: number;
  readonly workgroups: readonly [width: number, height: number];
  /** Where its time goes, if it is measured: then it has a pass of its own. */
  readonly timestamps?: GPUComputePassTimestampWrites | undefined;
}

/** A copy of the first bytes of a block, for reading back. */
export interface Copy {
  readonly operator: string;
  readonly source: Block;
  readonly destination: GPUBuffer;
  readonly bytes: number;
}

type Command = Dispatch | Copy;

/** Commands that are encoded and submitted together, and that fail together. */
interface Submission {
  readonly commands: Command[];
  readonly alone: boolean;
  readonly check: Check;
  readonly settle: (outcome: Promise<WebGPUCNNError | undefined>) => void;
}

/** How much of a queue's work may gather before it is submitted. */
export interface QueueLimits {
  /** Estimated operations: few enough that a submit takes some tens of milliseconds. */
  readonly workPerSubmit: number;
}

const PARAMS_SLOTS = 512;

/**
 * Gathers commands and submits them in batches. A command that touches a resource which the device has not yet confirmed (a new buffer, a
 * new pipeline) is submitted alone: if that resource turns out to be invalid, the submission that holds it is the only one refused.
 */
export class CommandQueue {
  #batch = 0;
  #submissions: Submission[] = [];
  #work = 0;
  readonly #slotBytes: number;
  readonly #params: DataView<ArrayBuffer>;
  #slotsUsed = 0;
  /** Holds the `Params` of every dispatch of a batch, written once before it is submitted. */
  readonly paramsBuffer: GPUBuffer;

  constructor(
    private readonly device: GPUDevice,
    readonly limits: QueueLimits,
    private readonly afterSubmit: () => void,
    private readonly watch: (check: Check) => void,
  ) {
    this.#slotBytes = Math.max(256, device.limits.minUniformBufferOffsetAlignment);
    this.#params = new DataView(new ArrayBuffer(PARAMS_SLOTS * this.#slotBytes));
    this.paramsBuffer = device.createBuffer({
      size: this.#params.byteLength,
      usage: BufferUsage.UNIFORM | BufferUsage.COPY_DST,
      label: "webgpu-cnn params",
    });
  }

  /** Counts the batches: a block whose `lastBatch` is smaller is not used by any recorded command. */
  get batch(): number {
    return this.#batch;
  }

  get paramsBytes(): number {
    return this.#slotBytes;
  }

  /** Lays out `values` as the fields say, for the dispatch recorded next, and returns their offset in `paramsBuffer`. */
  writeParams(fields: readonly ShaderParam[], values: Readonly<Record<string, number>>): number {
    if (this.#slotsUsed === PARAMS_SLOTS) this.flush();
    const offset = this.#slotsUsed++ * this.#slotBytes;
    for (const [i, { name, type, origin }] of fields.entries()) {
      const value = values[name];
      if (value === undefined)
        throw new KernelError(`${origin}: Params asks for ${name}, which the operator does not give`);
      if (type === "f32") this.#params.setFloat32(offset + 4 * i, value, true);
      else if (type === "i32") this.#params.setInt32(offset + 4 * i, value, true);
      else this.#params.setUint32(offset + 4 * i, value, true);
    }
    return offset;
  }

  /**
   * @param blocks every block that the command reads or writes
   * @param proven whether the device has confirmed all of them, and the pipeline
   * @param work estimated operations
   * @returns the check that what the command writes hangs on
   */
  record(command: Command, blocks: Iterable<Block>, proven: boolean, work: number): Check {
    for (const block of blocks) block.lastBatch = this.#batch;
    const last = this.#submissions.at(-1);
    const submission = proven && last && !last.alone ? last : this.#open(!proven);
    submission.commands.push(command);
    this.#work += work;
    if (this.#work >= this.limits.workPerSubmit) this.flush();
    return submission.check;
  }

  flush(): void {
    if (this.#submissions.length === 0) return;
    const submissions = this.#submissions;
    this.#submissions = [];
    this.#work = 0;
    this.device.queue.writeBuffer(this.paramsBuffer, 0, this.#params.buffer, 0, this.#slotsUsed * this.#slotBytes);
    this.#slotsUsed = 0;
    try {
      for (const submission of submissions) this.#submit(submission);
    } finally {
      this.#batch++;
      this.afterSubmit();
    }
  }

  destroy(): void {
    this.paramsBuffer.destroy();
  }

  #submit({ commands, settle }: Submission): void {
    const operators = [...new Set(commands.map((command) => command.operator))].join(", ");
    try {
      const { check } = checked(
        this.device,
        (error) => `${operators}: the device refused the work (${error.message})`,
        () => this.device.queue.submit([this.#encode(commands)]),
      );
      settle(check.settled.then(() => check.error));
    } catch (cause) {
      // No implementation should throw here; were one to, nobody may wait for ever.
      settle(Promise.resolve(new KernelError(`${operators}: the work could not be submitted (${cause})`, { cause })));
    }
  }

  #open(alone: boolean): Submission {
    let settle: Submission["settle"] = () => {};
    const outcome = new Promise<WebGPUCNNError | undefined>((resolve) => {
      settle = resolve;
    });
    const submission = { commands: [], alone, check: new Check(outcome), settle };
    this.watch(submission.check);
    this.#submissions.push(submission);
    return submission;
  }

  #encode(commands: readonly Command[]): GPUCommandBuffer {
    const encoder = this.device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    for (const command of commands) {
      if ("pipeline" in command) {
        if (command.timestamps) {
          pass?.end();
          pass = undefined;
        }
        pass ??= encoder.beginComputePass(command.timestamps && { timestampWrites: command.timestamps });
        pass.setPipeline(command.pipeline);
        pass.setBindGroup(0, command.bindGroup, [command.paramsOffset]);
        pass.dispatchWorkgroups(...command.workgroups);
        if (command.timestamps) {
          pass.end();
          pass = undefined;
        }
      } else {
        pass?.end();
        pass = undefined;
        encoder.copyBufferToBuffer(command.source.buffer, 0, command.destination, 0, command.bytes);
      }
    }
    pass?.end();
    return encoder.finish();
  }
}
