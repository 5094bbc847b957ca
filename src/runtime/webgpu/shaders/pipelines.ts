import { KernelError } from "../../../core/errors.js";
import { type Check, checked } from "../commands/faults.js";
import type { Block } from "../memory/pool.js";
import { type LinkedShader, linkShader } from "./linker.js";
import type { ShaderConstants, ShaderSource } from "../../../core/operation.js";

/** A linked shader on a device. The layout is explicit, so that bind groups do not wait for the compiler. */
export interface Kernel {
  readonly id: number;
  readonly shader: LinkedShader;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
  /** Whether the pipeline compiled. */
  readonly check: Check;
}

const COMPUTE_STAGE = 0x4;

/** Compiles each shader once for each set of constants. */
export class KernelCache {
  readonly #kernels = new Map<string, Kernel>();
  readonly #compiling = new Map<string, Promise<void>>();

  constructor(
    private readonly device: GPUDevice,
    /** Size of the slice of the params buffer that a kernel sees. */
    private readonly paramsBytes: number,
  ) {}

  /** The kernel, compiled now if it was not yet: its errors show in `check`. */
  get(operator: string, source: ShaderSource, constants: ShaderConstants): Kernel {
    const key = kernelKey(source, constants);
    const known = this.#kernels.get(key);
    if (known) return known;
    const shader = linkShader(source, constants);
    let module: GPUShaderModule | undefined;
    const { result, check } = checked(
      this.device,
      (error) => explain(operator, shader, error, module),
      () => {
        const layout = this.#layout(shader);
        module = this.#module(shader);
        const pipeline = this.device.createComputePipeline(this.#descriptor(shader, layout, module));
        return { layout, pipeline };
      },
    );
    return this.#keep(key, { shader, check, ...result });
  }

  /** Compiles without blocking, for a later `get`. Rejects with KernelError where the shader does not compile. */
  prepare(operator: string, source: ShaderSource, constants: ShaderConstants): Promise<void> {
    const key = kernelKey(source, constants);
    const known = this.#kernels.get(key);
    if (known) return throwIfFailed(known.check);
    const underWay = this.#compiling.get(key);
    if (underWay) return underWay;
    const shader = linkShader(source, constants);
    const { result: parts, check } = checked(
      this.device,
      (error) => explain(operator, shader, error, undefined),
      () => {
        const [layout, module] = [this.#layout(shader), this.#module(shader)];
        return { layout, module, descriptor: this.#descriptor(shader, layout, module) };
      },
    );
    const compiled = this.device
      .createComputePipelineAsync(parts.descriptor)
      .then(
        (pipeline) => {
          if (!this.#kernels.has(key)) this.#keep(key, { shader, check, layout: parts.layout, pipeline });
        },
        async (cause) => {
          throw new KernelError(await explain(operator, shader, cause, parts.module), { cause });
        },
      )
      .finally(() => this.#compiling.delete(key));
    this.#compiling.set(key, compiled);
    return compiled;
  }

  #keep(key: string, parts: Omit<Kernel, "id">): Kernel {
    const kernel = { id: this.#kernels.size, ...parts };
    this.#kernels.set(key, kernel);
    return kernel;
  }

  #layout(shader: LinkedShader): GPUBindGroupLayout {
    return this.device.createBindGroupLayout({
      label: shader.path,
      entries: shader.bindings.map(({ index, type }) => ({
        binding: index,
        visibility: COMPUTE_STAGE,
        buffer:
          type === "uniform" ? { type, hasDynamicOffset: true, minBindingSize: 4 * shader.params.length } : { type },
      })),
    });
  }

  #module(shader: LinkedShader): GPUShaderModule {
    if (4 * shader.params.length > this.paramsBytes) {
      throw new KernelError(`${shader.path}: Params holds more than ${this.paramsBytes / 4} scalars`);
    }
    return this.device.createShaderModule({ label: shader.path, code: shader.code });
  }

  #descriptor(shader: LinkedShader, layout: GPUBindGroupLayout, module: GPUShaderModule): GPUComputePipelineDescriptor {
    return {
      label: shader.path,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    };
  }
}

/** A range of a block as a kernel sees it. */
export interface BoundRange {
  readonly block: Block;
  readonly offset: number;
  readonly bytes: number;
}

const MOST_BIND_GROUPS = 4096;

/** Reuses bind groups for as long as their buffers live. */
export class BindGroupCache {
  /** The oldest first. */
  readonly #entries = new Map<string, { readonly group: GPUBindGroup; readonly blocks: readonly Block[] }>();
  readonly #keysOfBlock = new Map<Block, Set<string>>();

  constructor(
    private readonly device: GPUDevice,
    private readonly paramsBuffer: GPUBuffer,
    private readonly paramsBytes: number,
  ) {}

  /** @param ranges what is bound, by the names and in the order of the kernel's bindings */
  get(kernel: Kernel, ranges: ReadonlyMap<string, BoundRange>): GPUBindGroup {
    let key = String(kernel.id);
    for (const { block, offset, bytes } of ranges.values()) key += `,${block.id}:${offset}:${bytes}`;
    const known = this.#entries.get(key);
    if (known) return known.group;
    // The scopes keep a refusal (of a buffer that could not be allocated) from the device's own error event. Nothing is lost: the
    // submission that uses the group is refused too, and says so.
    const { result: group } = checked(
      this.device,
      (error) => error.message,
      () => this.#create(kernel, ranges),
    );
    const blocks = [...ranges.values()].map((range) => range.block);
    this.#entries.set(key, { group, blocks });
    for (const block of blocks) {
      const keys = this.#keysOfBlock.get(block);
      if (keys) keys.add(key);
      else this.#keysOfBlock.set(block, new Set([key]));
    }
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_BIND_GROUPS && oldest !== undefined) this.#drop(oldest);
    return group;
  }

  /** Drops the bind groups of a block that is gone. */
  forget(block: Block): void {
    for (const key of [...(this.#keysOfBlock.get(block) ?? [])]) this.#drop(key);
  }

  #create(kernel: Kernel, ranges: ReadonlyMap<string, BoundRange>): GPUBindGroup {
    return this.device.createBindGroup({
      label: kernel.shader.path,
      layout: kernel.layout,
      entries: kernel.shader.bindings.map(({ name, index, type }) => {
        if (type === "uniform") {
          return { binding: index, resource: { buffer: this.paramsBuffer, size: this.paramsBytes } };
        }
        const range = ranges.get(name);
        if (!range) throw new KernelError(`${kernel.shader.path}: nothing is bound to ${name}`);
        return { binding: index, resource: { buffer: range.block.buffer, offset: range.offset, size: range.bytes } };
      }),
    });
  }

  #drop(key: string): void {
    for (const block of this.#entries.get(key)?.blocks ?? []) {
      const keys = this.#keysOfBlock.get(block);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysOfBlock.delete(block);
    }
    this.#entries.delete(key);
  }
}

function kernelKey(source: ShaderSource, constants: ShaderConstants): string {
  return `${source.path} ${JSON.stringify(constants)}`;
}

async function throwIfFailed(check: Check): Promise<void> {
  await check.settled;
  if (check.error) throw check.error;
}

/** What went wrong in a shader, with the file and line it stands on. */
async function explain(
  operator: string,
  shader: LinkedShader,
  cause: { readonly message: string },
  module: GPUShaderModule | undefined,
): Promise<string> {
  const info = await module?.getCompilationInfo();
  const errors = info?.messages.filter((message) => message.type === "error") ?? [];
  const found = errors.map((message) => `${shader.originOf(message.lineNum)}: ${message.message}`);
  return `${operator}: the kernel ${shader.path} does not compile: ${found.join("; ") || cause.message}`;
}
