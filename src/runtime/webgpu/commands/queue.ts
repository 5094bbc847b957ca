import { KernelError, type WebGPUCNNError } from "../../../core/errors.js";
import type { ParamValues } from "../../../core/operation.js";
import type { Block } from "../memory/bufferPool.js";
import { BufferUsage } from "../memory/bufferUsage.js";
import type { ShaderParam } from "../shaders/linker.js";
import { Check, checked } from "./faults.js";
import type { CommandSink } from "./kernelLauncher.js";
import type { Measured, Profiler } from "./profiler.js";

/** One run of a kernel, ready to be encoded. */
export interface Dispatch {
  /** What it is and costs, for messages and measurements. */
  readonly measured: Measured;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** Where the kernel's `Params` lie; see `CommandQueue.writeParams`. */
  readonly paramsOffsets: readonly [number];
  readonly workgroups: readonly [width: number, height: number];
}

/** A copy of the first bytes of a block. */
export interface Copy {
  readonly operator: string;
  readonly source: Block;
  readonly destination: GPUBuffer;
  readonly bytes: number;
}

export type Command = Dispatch | Copy;

/** What the queue must know of a command. */
export interface CommandTraits {
  /** Every block that it reads or writes. */
  readonly blocks: readonly Block[];
  /** Whether the device has confirmed all of them, and the pipeline. */
  readonly proven: boolean;
  /** Estimated operations. */
  readonly work: number;
  /** Where it is measured. */
  readonly profiler?: Profiler | undefined;
}

/** Commands that are encoded and submitted together, and that fail together. */
interface Submission {
  readonly commands: Command[];
  readonly alone: boolean;
  readonly profiler: Profiler | undefined;
  readonly check: Check;
  readonly settle: (outcome: Promise<WebGPUCNNError | undefined>) => void;
}

/** How much of a queue's work may gather before it is submitted. */
export interface QueueLimits {
  /** Estimated operations: few enough that a submit takes some tens of milliseconds. */
  readonly workPerSubmit: number;
}

/** So many dispatches are submitted together at most: few enough that the device starts early, and works while the next are made ready. */
const PARAMS_SLOTS = 64;

/**
 * Gathers commands and submits them in batches. A command that touches a resource which the device has not yet confirmed (a new buffer, a
 * new pipeline) is submitted alone: if that resource turns out to be invalid, the submission that holds it is the only one refused.
 */
export class CommandQueue implements CommandSink {
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
  writeParams(fields: readonly ShaderParam[], ...values: (ParamValues | undefined)[]): number {
    if (this.#slotsUsed === PARAMS_SLOTS) this.flush();
    const offset = this.#slotsUsed * this.#slotBytes;
    layOutParams(this.#params, offset, fields, values);
    // Taken only now: where the values are wrong, the slot stays free.
    this.#slotsUsed++;
    return offset;
  }

  /** @returns the check that what the command writes hangs on */
  record(command: Command, { blocks, proven, work, profiler }: CommandTraits): Check {
    for (const block of blocks) block.lastBatch = this.#batch;
    const last = this.#submissions.at(-1);
    const joins = last && proven && !last.alone && last.profiler === profiler;
    const submission = joins ? last : this.#open(!proven, profiler);
    submission.commands.push(command);
    this.#work += work;
    if (this.#work >= this.limits.workPerSubmit) this.flush();
    return submission.check;
  }

  flush(): void {
    if (this.#submissions.length === 0) {
      // Slots without a command are of launches that failed.
      this.#slotsUsed = 0;
      return;
    }
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

  #submit({ commands, profiler, settle }: Submission): void {
    const operators = operatorsOf(commands);
    try {
      const { check } = checked(
        this.device,
        (error) => `${operators}: the device refused the work (${error.message})`,
        () => this.device.queue.submit([encode(this.device, commands, profiler)]),
      );
      settle(check.settled.then(() => check.error));
    } catch (cause) {
      // No implementation should throw here; were one to, nobody may wait for ever.
      settle(Promise.resolve(new KernelError(`${operators}: the work could not be submitted (${cause})`, { cause })));
    }
  }

  #open(alone: boolean, profiler: Profiler | undefined): Submission {
    let settle: Submission["settle"] = () => {};
    const outcome = new Promise<WebGPUCNNError | undefined>((resolve) => {
      settle = resolve;
    });
    const submission = { commands: [], alone, profiler, check: new Check(outcome), settle };
    this.watch(submission.check);
    this.#submissions.push(submission);
    return submission;
  }
}

/** Whose work the commands are, for messages. */
export function operatorsOf(commands: readonly Command[]): string {
  const operators = commands.map((command) => ("pipeline" in command ? command.measured.operator : command.operator));
  return [...new Set(operators)].join(", ");
}

/** Lays out `values` as the fields of a kernel's `Params` say, from `offset` on; the first record to have a field's name decides. */
export function layOutParams(
  params: DataView,
  offset: number,
  fields: readonly ShaderParam[],
  values: readonly (ParamValues | undefined)[],
): void {
  for (const [i, { name, type, origin }] of fields.entries()) {
    let value: number | undefined;
    for (const record of values) value ??= record?.[name];
    if (value === undefined)
      throw new KernelError(`${origin}: Params asks for ${name}, which the operator does not give`);
    if (type === "f32") params.setFloat32(offset + 4 * i, value, true);
    else if (type === "i32") params.setInt32(offset + 4 * i, value, true);
    else params.setUint32(offset + 4 * i, value, true);
  }
}

/** Commands as one command buffer: what is measured has a pass of its own. */
export function encode(
  device: GPUDevice,
  commands: Iterable<Command>,
  profiler: Profiler | undefined,
): GPUCommandBuffer {
  const encoder = device.createCommandEncoder();
  let pass: GPUComputePassEncoder | undefined;
  const endPass = () => {
    pass?.end();
    pass = undefined;
  };
  for (const command of commands) {
    if ("pipeline" in command) {
      const timestampWrites = profiler?.measure(command.measured);
      if (timestampWrites) endPass();
      pass ??= encoder.beginComputePass(timestampWrites && { timestampWrites });
      pass.setPipeline(command.pipeline);
      pass.setBindGroup(0, command.bindGroup, command.paramsOffsets);
      pass.dispatchWorkgroups(...command.workgroups);
      if (timestampWrites) endPass();
    } else {
      endPass();
      encoder.copyBufferToBuffer(command.source.buffer, 0, command.destination, 0, command.bytes);
    }
  }
  endPass();
  return encoder.finish();
}
