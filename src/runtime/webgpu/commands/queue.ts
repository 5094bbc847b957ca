import { KernelError } from "../../../core/errors.js";
import type { ParamValues } from "../../../core/operation.js";
import type { Block } from "../memory/bufferPool.js";
import { BufferUsage } from "../memory/bufferUsage.js";
import type { ShaderParam } from "../shaders/linker.js";
import { Check, checked } from "./faults.js";
import type { CommandSink } from "./kernelLauncher.js";
import type { Measured, Profiler } from "./profiler.js";

/** One run of a kernel, ready to be encoded. */
export interface Dispatch {
  /** Its operator, shader and cost, for messages and measurements. */
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

/** The facts about a command that the queue needs. */
export interface CommandTraits {
  /** Every block that it reads or writes. */
  readonly blocks: readonly Block[];
  /** Whether its pipeline compiled, or its other buffer could be allocated. Undefined if the device has confirmed it. */
  readonly check?: Check | undefined;
  /** Estimated operations. */
  readonly work: number;
  /** The profiler that measures it. */
  readonly profiler?: Profiler | undefined;
}

/** Commands that are encoded and submitted together, and that fail together. */
interface Submission {
  readonly commands: Command[];
  /** The checks that the commands wait for. They are the same for all commands of a submission. */
  readonly unconfirmed: ReadonlySet<Check>;
  readonly profiler: Profiler | undefined;
  /** Estimated operations. */
  work: number;
  readonly check: Check;
}

/** The amount of work that a queue gathers before it flushes. */
export interface QueueLimits {
  /** Estimated operations: few enough that a submit takes some tens of milliseconds. */
  readonly workPerSubmit: number;
}

/**
 * The most dispatches of one flush. With few dispatches the device starts early, and works while the host prepares the
 * next ones.
 */
const PARAMS_SLOTS = 64;

/**
 * Gathers commands. A flush submits them.
 *
 * The device refuses a whole submission if one resource in it is invalid. So a submission holds only commands that need
 * the same unconfirmed resources: new buffers, and new pipelines. If one of these is invalid, all of these commands
 * fail, and no others. Most commands need none, and share a submission. (In long synchronous work no resource is ever
 * confirmed, and the same few resources return again and again.)
 *
 * A command on an exposed block is submitted alone and at once. The caller may write to its buffer, map it or destroy
 * it.
 */
export class CommandQueue implements CommandSink {
  #nextFlush = 0;
  #submissions: Submission[] = [];
  #work = 0;
  readonly #slotBytes: number;
  readonly #params: DataView<ArrayBuffer>;
  #slotsUsed = 0;
  /** Holds the `Params` of every queued dispatch. A flush writes it once, before it submits. */
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

  /** The number of the next flush. No queued command uses a block whose `lastFlush` is smaller. */
  get nextFlush(): number {
    return this.#nextFlush;
  }

  get paramsBytes(): number {
    return this.#slotBytes;
  }

  /**
   * Lays out `values` as the fields say, for the dispatch that is queued next. Returns their offset in `paramsBuffer`.
   */
  writeParams(fields: readonly ShaderParam[], ...values: (ParamValues | undefined)[]): number {
    if (this.#slotsUsed === PARAMS_SLOTS) this.flush();
    const offset = this.#slotsUsed * this.#slotBytes;
    layOutParams(this.#params, offset, fields, values);
    // The slot stays free if the values are wrong and layOutParams throws.
    this.#slotsUsed++;
    return offset;
  }

  /** @returns the check of the command's submission; the values that the command writes depend on it */
  enqueue(command: Command, { blocks, check, work, profiler }: CommandTraits): Check {
    for (const block of blocks) block.lastFlush = this.#nextFlush;
    const exposed = blocks.some((block) => block.exposed);
    const unconfirmed = unconfirmedOf(check, blocks);
    const last = this.#submissions.at(-1);
    const fits = last && last.work + work <= this.limits.workPerSubmit && last.profiler === profiler;
    const joins = fits && !exposed && areEqual(last.unconfirmed, unconfirmed);
    const submission = joins ? last : this.#open(unconfirmed, profiler);
    submission.commands.push(command);
    submission.work += work;
    this.#work += work;
    if (exposed || this.#work >= this.limits.workPerSubmit) this.flush();
    return submission.check;
  }

  flush(): void {
    if (this.#submissions.length === 0) {
      // A launch that failed has taken slots, but has queued no command.
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
      this.#nextFlush++;
      this.afterSubmit();
    }
  }

  destroy(): void {
    this.paramsBuffer.destroy();
  }

  #submit({ commands, profiler, check }: Submission): void {
    const operators = operatorsOf(commands);
    const submit = () => this.device.queue.submit([encode(this.device, commands, profiler)]);
    try {
      checked(this.device, refusalOf(operators), submit, check);
    } catch (cause) {
      // No implementation should throw here. If one does, the check must still settle.
      check.settle(new KernelError(`${operators}: the work could not be submitted (${cause})`, { cause }));
    }
  }

  #open(unconfirmed: ReadonlySet<Check>, profiler: Profiler | undefined): Submission {
    const submission = { commands: [], unconfirmed, profiler, work: 0, check: new Check() };
    this.watch(submission.check);
    this.#submissions.push(submission);
    return submission;
  }
}

/** It holds the names only. A function inside `#submit` would hold the commands until the device answers. */
function refusalOf(operators: string): (error: GPUError) => string {
  return (error) => `${operators}: the device refused the work (${error.message})`;
}

function unconfirmedOf(check: Check | undefined, blocks: readonly Block[]): ReadonlySet<Check> {
  const unconfirmed = new Set<Check>();
  if (check && !check.passed) unconfirmed.add(check);
  for (const block of blocks) if (block.check && !block.check.passed) unconfirmed.add(block.check);
  return unconfirmed;
}

function areEqual(a: ReadonlySet<Check>, b: ReadonlySet<Check>): boolean {
  if (a.size !== b.size) return false;
  for (const check of a) if (!b.has(check)) return false;
  return true;
}

/** The operators whose commands these are, for messages. */
export function operatorsOf(commands: readonly Command[]): string {
  const operators = commands.map((command) => ("pipeline" in command ? command.measured.operator : command.operator));
  return [...new Set(operators)].join(", ");
}

/**
 * Lays out `values` as the fields of a kernel's `Params` say, from `offset` on. If several objects have a field's name,
 * the first one counts.
 */
export function layOutParams(
  params: DataView,
  offset: number,
  fields: readonly ShaderParam[],
  values: readonly (ParamValues | undefined)[],
): void {
  for (const [i, { name, type, origin }] of fields.entries()) {
    let value: number | undefined;
    for (const object of values) value ??= object?.[name];
    if (value === undefined)
      throw new KernelError(`${origin}: Params asks for ${name}, which the operator does not give`);
    if (type === "f32") params.setFloat32(offset + 4 * i, value, true);
    else if (type === "i32") params.setInt32(offset + 4 * i, value, true);
    else params.setUint32(offset + 4 * i, value, true);
  }
}

/** Encodes commands into one command buffer. A measured dispatch has a compute pass of its own. */
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
