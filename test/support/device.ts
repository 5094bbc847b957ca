import { findGPU } from "./findGPU.js";

/** Deno 2.9 crashes when it is asked for the `adapterInfo` of a device whose adapter was collected as garbage. */
const heldForEver: GPUAdapter[] = [];

/** A device of the test's own, as a caller would bring one; without a descriptor, with default limits and no features. */
export async function requestDevice(descriptor?: (adapter: GPUAdapter) => GPUDeviceDescriptor): Promise<GPUDevice> {
  const gpu = await findGPU();
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  heldForEver.push(adapter);
  return adapter.requestDevice(descriptor?.(adapter));
}

/** The device, claiming smaller limits than it has: what is cut or folded at the limits of real devices is then so at small sizes. */
export function withSmallerLimits(device: GPUDevice, limits: Readonly<Record<string, number>>): GPUDevice {
  return overriding(device, { limits: overriding(device.limits, limits) });
}

/** The device, with the name of a GPU: plans are then those for GPUs. */
export function claimingToBeAGPU(device: GPUDevice): GPUDevice {
  return claimingToBe(device, { vendor: "test", architecture: "test", description: "a GPU" });
}

/** The device, with an adapter of this name. */
export function claimingToBe(
  device: GPUDevice,
  name: { readonly vendor: string; readonly architecture: string; readonly description: string },
): GPUDevice {
  return overriding(device, { adapterInfo: { ...name, isFallbackAdapter: false } });
}

/** The device, refusing every buffer of at least this size, as an invalid one. */
export function withoutLargeBuffers(device: GPUDevice, refusedBytes: number): GPUDevice {
  const createBuffer = (descriptor: GPUBufferDescriptor) =>
    // No buffer may be mapped for reading and bound as storage.
    device.createBuffer(descriptor.size < refusedBytes ? descriptor : { ...descriptor, usage: 0x1 | 0x80 });
  return overriding(device, { createBuffer });
}

/** The device, with one shader, told by its label, turned into nonsense. */
export function breaking(device: GPUDevice, label: string): GPUDevice {
  return changing(device, label, () => "nonsense");
}

/** The device, with the code of one shader, told by its label, changed: as if its compiler or its cores were wrong. */
export function changing(device: GPUDevice, label: string, change: (code: string) => string): GPUDevice {
  const createShaderModule = (descriptor: GPUShaderModuleDescriptor) =>
    device.createShaderModule(
      descriptor.label === label ? { ...descriptor, code: change(descriptor.code) } : descriptor,
    );
  return overriding(device, { createShaderModule });
}

/** The device, and how many buffers and bind groups have been made on it. */
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
 * The device in a browser that looks only every `milliseconds`, or at a submission, whether work is done.
 *
 * @returns the device, and how many submissions held no commands
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
  /** Passes on the outcome at the first look after it. */
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

/** An object that answers as `target` does, but for the overrides. Native methods are called on the target itself. */
function overriding<Target extends object>(target: Target, overrides: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get(_, property) {
      if (typeof property === "string" && Object.hasOwn(overrides, property)) return overrides[property];
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
