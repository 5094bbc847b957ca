import { backendInfo } from "../../src/runtime/webgpu/device.js";
import type { Ceiling } from "../ceiling.js";
import { fastest } from "../timing.js";
import copy from "./copy.wgsl";
import { Kernel, storage, type WorkDone } from "./kernel.js";
import multiplyAdd from "./multiplyAdd.wgsl";

/** Settings that bring each class of adapter to its peak. The runs are long, because a wait is only accurate to a tick. */
const SETTINGS = {
  software: { workgroupSizes: [16, 64], invocations: 2 ** 14, vectors: [1, 8], copiedBytes: 2 ** 25, milliseconds: 15 },
  hardware: { workgroupSizes: [64, 256], invocations: 2 ** 20, vectors: [1], copiedBytes: 2 ** 28, milliseconds: 40 },
} as const;

const CHAINS = 16;
const FLOPS_PER_CHAIN = 16;

/** The limits of a device. */
export async function measureDevice(device: GPUDevice, workDone: WorkDone): Promise<Ceiling> {
  const settings = backendInfo(device.adapterInfo).software ? SETTINGS.software : SETTINGS.hardware;
  const copiedBytes = Math.min(settings.copiedBytes, device.limits.maxStorageBufferBindingSize);
  const source = storage(device, copiedBytes);
  const target = storage(device, copiedBytes);
  const { invocations, milliseconds } = settings;
  const ceiling = { flopsPerSecond: 0, bytesPerSecond: 0 };
  for (const WORKGROUP_SIZE of settings.workgroupSizes) {
    const multiply = new Kernel(device, workDone, multiplyAdd, { WORKGROUP_SIZE, CHAINS }, [target]);
    const iterations = await growing(milliseconds, (count) => multiply.time(invocations / WORKGROUP_SIZE, count, 1));
    const multiplied = await fastest(() => multiply.time(invocations / WORKGROUP_SIZE, iterations, 1));
    const flops = invocations * CHAINS * FLOPS_PER_CHAIN * iterations;
    ceiling.flopsPerSecond = Math.max(ceiling.flopsPerSecond, flops / multiplied);
    for (const VECTORS of settings.vectors) {
      const move = new Kernel(device, workDone, copy, { WORKGROUP_SIZE, VECTORS }, [source, target]);
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
