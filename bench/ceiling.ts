import { backendInfo } from "../src/runtime/webgpu/device.js";
import copy from "./ceiling/copy.wgsl";
import multiplyAdd from "./ceiling/multiplyAdd.wgsl";
import { fastest, Kernel, storage } from "./kernel.js";
import type { Work } from "./tasks.js";

/** The measured limits of an adapter. */
export interface Ceiling {
  /** Multiply-adds in registers, counted as two operations each. */
  readonly flopsPerSecond: number;
  /** A large copy in storage. Read and written bytes both count. */
  readonly bytesPerSecond: number;
}

/** The roofline: the least time that this work can take, in milliseconds. Work that fits a cache may be faster. */
export function leastMilliseconds({ flops = 0, bytes }: Work, { flopsPerSecond, bytesPerSecond }: Ceiling): number {
  return 1000 * Math.max(flops / flopsPerSecond, bytes / bytesPerSecond);
}

export function higherCeiling(a: Ceiling, b: Ceiling): Ceiling {
  return {
    flopsPerSecond: Math.max(a.flopsPerSecond, b.flopsPerSecond),
    bytesPerSecond: Math.max(a.bytesPerSecond, b.bytesPerSecond),
  };
}

/** Settings that bring each class of adapter to its peak. The runs are long, because a wait is only accurate to a tick. */
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

/** The smallest power of two for which `time` is long enough to measure. */
async function growing(milliseconds: number, time: (count: number) => Promise<number>): Promise<number> {
  let count = 1;
  while ((await time(count)) < milliseconds / 1000) count *= 2;
  return count;
}
