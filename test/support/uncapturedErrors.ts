import { findGPU } from "./findGPU.js";

/** The devices that are listened to, but for those that are lost. */
const devices = new Set<GPUDevice>();
const errors: string[] = [];

// From the first import on, every device is listened to that is opened here, by a test or by the library.
const adapter = await (await findGPU()).requestAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const prototype: GPUAdapter = Object.getPrototypeOf(adapter);
const { requestDevice } = prototype;
prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
  const device = await requestDevice.call(this, descriptor);
  device.addEventListener("uncapturederror", (event) => {
    errors.push(event.error.message);
    // It need not be printed as well.
    event.preventDefault();
  });
  devices.add(device);
  device.lost.then(() => devices.delete(device));
  return device;
};

/** What the devices reported outside every error scope since the last call, once they are done with their work. */
export async function uncapturedErrors(): Promise<string[]> {
  await Promise.allSettled([...devices].map((device) => device.queue.onSubmittedWorkDone()));
  return errors.splice(0);
}
