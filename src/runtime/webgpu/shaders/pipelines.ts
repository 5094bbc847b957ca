import { KernelError } from "../../../core/errors.js";
import type { ShaderConstants, ShaderSource } from "../../../core/operation.js";
import { type Check, checked } from "../commands/faults.js";
import { type LinkedShader, linkShader } from "./linker.js";

/** A linked shader on a device. Its layout is explicit: bind groups need not wait for the compiler. */
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
    /** Size of the part of the params buffer that a kernel sees. */
    private readonly paramsBytes: number,
  ) {}

  /** The kernel. Compiles it now if it is not compiled yet. Its `check` has the errors. */
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

  /** Compiles without blocking, for a later `get`. Rejects with KernelError if the shader does not compile. */
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

function kernelKey(source: ShaderSource, constants: ShaderConstants): string {
  return `${source.path} ${JSON.stringify(constants)}`;
}

async function throwIfFailed(check: Check): Promise<void> {
  await check.settled;
  if (check.error) throw check.error;
}

/** Describes a shader's errors, each with file and line. */
async function explain(
  operator: string,
  shader: LinkedShader,
  cause: { readonly message: string },
  module: GPUShaderModule | undefined,
): Promise<string> {
  const info = await module?.getCompilationInfo();
  const errors = info?.messages.filter((message) => message.type === "error") ?? [];
  // wgpu's messages begin and end with line breaks.
  const found = errors.map(({ lineNum, message }) => `${shader.originOf(lineNum)}: ${message.trim()}`);
  return `${operator}: the kernel ${shader.path} does not compile: ${found.join("; ") || cause.message}`;
}
