import { backendInfo } from "../src/runtime/webgpu/device.js";
import copy from "./ceiling/copy.wgsl";
import multiplyAdd from "./ceiling/multiplyAdd.wgsl";
import { fastest, Kernel, storage } from "./kernel.js";
import type { Work } from "./tasks.js";

/** What an adapter can do at most, as measured. */
export interface Ceiling {
  /** Multiply-adds in registers, two to each. */
  readonly flopsPerSecond: number;
  /** A large copy within storage, read and written bytes together. */
  readonly bytesPerSecond: number;
}

/** The least time that this work can take, in milliseconds: the roofline. What fits a cache may pass it. */
export function leastMilliseconds({ flops = 0, bytes }: Work, { flopsPerSecond, bytesPerSecond }: Ceiling): number {
  return 1000 * Math.max(flops / flopsPerSecond, bytes / bytesPerSecond);
}

export function higherCeiling(a: Ceiling, b: Ceiling): Ceiling {
  return {
    flopsPerSecond: Math.max(a.flopsPerSecond, b.flopsPerSecond),
    bytesPerSecond: Math.max(a.bytesPerSecond, b.bytesPerSecond),
  };
}

/** How a class of adapter is brought to its peak; runs that are so long that the tick of a wait is little of them. */
const SETTINGS = {
  software: { workgroupSizes: [16, 64], invocations: 2 ** 14, vectors: [1, 8], copiedBytes: 2 ** 25, milliseconds: 15 },
  hardware: { workgroupSizes: [64, 256], invocations: 2 ** 20, vectors: [1], copiedBytes: 2 ** 28, milliseconds: 40 },
} as const;

const CHAINS = 16;
const FLOPS_PER_CHAIN = 16;

export async function measureCeiling(device: GPUDevice): Promise<Ceiling> {
  const settings = backendInfo(device.adapterInfo).software ? SETTINGS.software : SETTINGS.hardware;
  const copiedBytes = Math.min(settings.copiedBytes, device.limits.maxStorageBufferBindingSize);
  const source = storage(device, copiedBytes);
  const target = storage(device, copiedBytes);
  const { invocations, milliseconds } = settings;
  const ceiling = { flopsPerSecond: 0, bytesPerSecond: 0 };
  for (const WORKGROUP_SIZE of settings.workgroupSizes) {
    const multiply = new Kernel(device, multiplyAdd, { WORKGROUP_SIZE, CHAINS }, [target]);
    const iterations = await growing(milliseconds, (count) => multiply.time(invocations / WORKGROUP_SIZE, count, 1));
    const multiplied = await fastest(() => multiply.time(invocations / WORKGROUP_SIZE, iterations, 1));
    const flops = invocations * CHAINS * FLOPS_PER_CHAIN * iterations;
    ceiling.flopsPerSecond = Math.max(ceiling.flopsPerSecond, flops / multiplied);
    for (const VECTORS of settings.vectors) {
      const move = new Kernel(device, copy, { WORKGROUP_SIZE, VECTORS }, [source, target]);
      const workgroups = copiedBytes / (16 * VECTORS * WORKGROUP_SIZE);
      const times = await growing(milliseconds, (count) => move.time(workgroups, 0, count));
      const moved = await fastest(() => move.time(workgroups, 0, times));
      ceiling.bytesPerSecond = Math.max(ceiling.bytesPerSecond, (2 * copiedBytes * times) / moved);
    }
  }
  source.destroy();
  target.destroy();
  return ceiling;
}

/** The smallest power of two with which `time` takes long enough to be measured. */
async function growing(milliseconds: number, time: (count: number) => Promise<number>): Promise<number> {
  let count = 1;
  while ((await time(count)) < milliseconds / 1000) count *= 2;
  return count;
}
