import { measureDevice } from "../ceiling/device.js";
import type { Ceiling } from "../ceiling.js";
import { Devices } from "../device.js";
import { openOnDevice } from "../library.js";
import { loadTfjs } from "../peers/tfjs.js";
import type { Platform } from "../platform.js";
import { reasonOnGpu, reasonOnSoftwareAdapter } from "../reasons.js";
import { workDone } from "../waiting.js";

/**
 * The best WebGPU adapter of this machine.
 *
 * @param peer runs on the same device
 * @throws (rejects with) PeerMissingError; Error if there is no adapter
 */
export async function openWebGPU(peer: "tfjs" | undefined): Promise<Platform> {
  const devices = await Devices.find();
  const tfjs = peer && (await loadTfjs(devices.gpu));
  const { software } = devices.adapter;
  return {
    title: `${devices.name}, Node ${process.version}${tfjs ? `, beside ${tfjs.name}` : ""}`,
    software,
    peer,
    legend: [
      "ms: median from the call until the device is done, over samples of one run or more; of ceiling: the least time that these multiply-adds or these bytes",
      "can take, by the time taken; of bound: the largest error by what the numerical promise allows; first ms: the first call on a fresh device, compiling.",
      `kernels ms: by the device's own clock${software ? "" : "; rates and shares of the ceiling go by it, or by ms where that is less"}.`,
    ],
    record: { adapter: devices.adapter, peer: tfjs?.name },
    reasonFor: software ? reasonOnSoftwareAdapter : reasonOnGpu,
    measureCeiling: () => ceilingOf(devices),
    open: async () => {
      const opened = await devices.open();
      return {
        openLibrary: () => openOnDevice(opened.device),
        openPeer: tfjs && (() => tfjs.open(opened)),
        errors: opened.errors,
        close: () => opened.device.destroy(),
      };
    },
    close: async () => {},
  };
}

async function ceilingOf(devices: Devices): Promise<Ceiling> {
  const { device, errors } = await devices.open();
  const ceiling = await measureDevice(device, workDone);
  device.destroy();
  // An invalid pipeline "runs" in no time.
  if (errors.length > 0) throw new Error(`the ceiling's kernels: ${errors.join("; ")}`);
  return ceiling;
}
