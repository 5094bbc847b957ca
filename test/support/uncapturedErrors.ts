import { findGPU } from "./findGPU.js";

/** The observed devices, without those that are lost. */
const devices = new Set<GPUDevice>();
const errors: string[] = [];

// From the first import on, every device that a test or the library opens is observed.
const adapter = await (await findGPU()).requestAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const prototype: GPUAdapter = Object.getPrototypeOf(adapter);
const { requestDevice } = prototype;
prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
  const device = await requestDevice.call(this, descriptor);
  device.addEventListener("uncapturederror", (event) => {
    errors.push(event.error.message);
    // It need not be printed too.
    event.preventDefault();
  });
  devices.add(device);
  device.lost.then(() => devices.delete(device));
  return device;
};

/** The errors outside every error scope since the last call. Waits until the devices finish their work. */
export async function uncapturedErrors(): Promise<string[]> {
  await Promise.allSettled([...devices].map((device) => device.queue.onSubmittedWorkDone()));
  return errors.splice(0);
}
