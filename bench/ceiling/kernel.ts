import type { ShaderConstants, ShaderSource } from "../../src/core/operation.js";
import { foldGrid } from "../../src/runtime/webgpu/commands/kernelLauncher.js";
import { linkShader } from "../../src/runtime/webgpu/shaders/linker.js";

/** Waits until a device has finished all submitted work. */
export type WorkDone = (device: GPUDevice) => Promise<void>;

export function storage(device: GPUDevice, size: number): GPUBuffer {
  const STORAGE = 0x80;
  return device.createBuffer({ size, usage: STORAGE });
}

/** A pipeline that does not use the library, so that no cost of the library is measured. */
export class Kernel {
  readonly #pipeline: GPUComputePipeline;
  readonly #bindGroup: GPUBindGroup;
  readonly #params: GPUBuffer;

  constructor(
    private readonly device: GPUDevice,
    private readonly workDone: WorkDone,
    shader: ShaderSource,
    constants: ShaderConstants,
    buffers: readonly GPUBuffer[],
  ) {
    const { code, path } = linkShader(shader, constants);
    const module = device.createShaderModule({ code, label: path });
    this.#pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    const [UNIFORM, COPY_DST] = [0x40, 0x8];
    this.#params = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
    this.#bindGroup = device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [this.#params, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  /**
   * @param dispatches the number of dispatches, one after the other
   * @returns the seconds until the device has finished
   */
  async time(workgroups: number, iterations: number, dispatches: number): Promise<number> {
    const { device } = this;
    const [width, height] = foldGrid(workgroups, device.limits.maxComputeWorkgroupsPerDimension);
    device.queue.writeBuffer(this.#params, 0, Uint32Array.of(width, iterations, 1));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, this.#bindGroup);
    for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(width, height);
    pass.end();
    const commands = encoder.finish();
    const start = performance.now();
    device.queue.submit([commands]);
    await this.workDone(device);
    return (performance.now() - start) / 1000;
  }
}
