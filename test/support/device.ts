import { findGPU } from "./findGPU.js";

/** Deno 2.9 crashes when it is asked for the `adapterInfo` of a device whose adapter was collected as garbage. */
const heldForEver: GPUAdapter[] = [];

/** A new device like that of a caller. Without a descriptor it has default limits and no features. */
export async function requestDevice(descriptor?: (adapter: GPUAdapter) => GPUDeviceDescriptor): Promise<GPUDevice> {
  const gpu = await findGPU();
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  heldForEver.push(adapter);
  return adapter.requestDevice(descriptor?.(adapter));
}

/** The device, but it claims smaller limits than it has. Operators then cut and fold at small sizes. */
export function withSmallerLimits(device: GPUDevice, limits: Readonly<Record<string, number>>): GPUDevice {
  return overriding(device, { limits: overriding(device.limits, limits) });
}

/** The device with the name of a GPU. It then gets the plans for GPUs. */
export function claimingToBeAGPU(device: GPUDevice): GPUDevice {
  return claimingToBe(device, { vendor: "test", architecture: "test", description: "a GPU" });
}

/** The device with an adapter of this name. */
export function claimingToBe(
  device: GPUDevice,
  name: { readonly vendor: string; readonly architecture: string; readonly description: string },
): GPUDevice {
  return overriding(device, { adapterInfo: { ...name, isFallbackAdapter: false } });
}

/** The device, but every buffer of at least this size is invalid. */
export function withoutLargeBuffers(device: GPUDevice, refusedBytes: number): GPUDevice {
  const createBuffer = (descriptor: GPUBufferDescriptor) =>
    // A buffer cannot be both mapped for reading and bound as storage.
    device.createBuffer(descriptor.size < refusedBytes ? descriptor : { ...descriptor, usage: 0x1 | 0x80 });
  return overriding(device, { createBuffer });
}

/** The device, but the shader with this label does not compile. */
export function breaking(device: GPUDevice, label: string): GPUDevice {
  return changing(device, label, () => "nonsense");
}

/** The device with changed code for the shader with this label, as if its compiler or its cores were wrong. */
export function changing(device: GPUDevice, label: string, change: (code: string) => string): GPUDevice {
  const createShaderModule = (descriptor: GPUShaderModuleDescriptor) =>
    device.createShaderModule(
      descriptor.label === label ? { ...descriptor, code: change(descriptor.code) } : descriptor,
    );
  return overriding(device, { createShaderModule });
}

/** The device and the numbers of buffers and bind groups made on it. */
export function counting(device: GPUDevice): { readonly device: GPUDevice; readonly made: () => number } {
  let count = 0;
  const createBuffer = (descriptor: GPUBufferDescriptor) => {
    count++;
    return device.createBuffer(descriptor);
  };
  const createBindGroup = (descriptor: GPUBindGroupDescriptor) => {
    count++;
    return device.createBindGroup(descriptor);
  };
  return { device: overriding(device, { createBuffer, createBindGroup }), made: () => count };
}

/**
 * The device in a browser that checks only every `milliseconds`, or at a submission, whether work is done.
 *
 * @returns the device and the number of submissions without commands
 */
export function polledEvery(
  milliseconds: number,
  device: GPUDevice,
): { readonly device: GPUDevice; readonly emptySubmissions: () => number } {
  let empty = 0;
  let look = () => {};
  let nextLook = new Promise<void>((resolve) => {
    look = resolve;
  });
  const lookNow = () => {
    look();
    nextLook = new Promise((resolve) => {
      look = resolve;
    });
  };
  const submit = (commands: readonly GPUCommandBuffer[]) => {
    if (commands.length === 0) empty++;
    device.queue.submit(commands);
    lookNow();
  };
  /** Passes on the outcome at the next check. */
  const seen = async <Result>(work: Promise<Result>): Promise<Result> => {
    const timer = setInterval(lookNow, milliseconds);
    try {
      const result = await work;
      await nextLook;
      return result;
    } finally {
      clearInterval(timer);
    }
  };
  const onSubmittedWorkDone = () => seen(device.queue.onSubmittedWorkDone());
  const queue = overriding(device.queue, { submit, onSubmittedWorkDone });
  return { device: overriding(device, { queue }), emptySubmissions: () => empty };
}

/** An object that behaves like `target` except for the overrides. Native methods are called on the target itself. */
function overriding<Target extends object>(target: Target, overrides: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get(_, property) {
      if (typeof property === "string" && Object.hasOwn(overrides, property)) return overrides[property];
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
