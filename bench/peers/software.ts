import { Devices } from "../device.js";
import { openOnDevice } from "../library.js";
import { PeerMissingError } from "./missing.js";
import type { Peer } from "./peer.js";

/**
 * The library itself, by WebGPU on a software adapter.
 *
 * @throws (rejects with) PeerMissingError if the machine has another adapter
 */
export async function loadSoftware(): Promise<Peer> {
  const devices = await softwareDevices();
  return {
    name: `WebGPU on ${devices.name}`,
    open: async () => {
      const { device, errors } = await devices.open();
      const contender = await openOnDevice(device);
      return {
        ...contender,
        close: async () => {
          await contender.close();
          device.destroy();
          if (errors.length > 0) throw new Error(`the software adapter refused some work: ${errors.join("; ")}`);
        },
      };
    },
  };
}

/** @throws (rejects with) PeerMissingError if the machine has another adapter; Error if it has none */
export async function softwareDevices(): Promise<Devices> {
  const devices = await Devices.find();
  if (!devices.adapter.software) throw new PeerMissingError(`software is no peer here: the adapter is ${devices.name}`);
  return devices;
}
