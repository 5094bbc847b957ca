import type { TrainingPeer } from "../arguments.js";
import type { Devices } from "../device.js";
import type { HostTensor } from "../operands.js";
import { softwareDevices } from "../peers/software.js";
import { tfjsTrainees } from "../peers/tfjsTraining.js";
import { type Host, hostOnDevice, hostOnWasm } from "./host.js";
import type { Trainee } from "./trainee.js";

/** What one network is trained on. */
export interface TrainingStand {
  readonly library: Host;
  /** The library on something else, as a peer. */
  readonly peer?: { readonly name: string; readonly host: Host } | undefined;
  /**
   * Other libraries that train the LeNet.
   *
   * @param weights the initial weights: a kernel and a bias for each layer, in order
   */
  lenetPeers?(
    weights: readonly HostTensor[],
  ): Promise<{ readonly name: string; readonly trainees: readonly Trainee[] }>;
  /** Errors that reached no trainee. */
  readonly errors: readonly string[];
  close(): void;
}

/** A new device, with TensorFlow.js on it if it is the peer. */
export async function trainOnDevice(devices: Devices, peer: "tfjs" | undefined): Promise<TrainingStand> {
  const opened = await devices.open();
  const library = hostOnDevice(opened.device);
  const stand = { library, errors: opened.errors, close: () => opened.device.destroy() };
  return peer ? { ...stand, lenetPeers: (weights) => tfjsTrainees(devices.gpu, opened, weights) } : stand;
}

/**
 * WebAssembly.
 *
 * @throws (rejects with) PeerMissingError if the peer is the software adapter, and the machine has another
 */
export async function trainOnWasm(threads: number, peer: TrainingPeer | undefined): Promise<TrainingStand> {
  const library = hostOnWasm(threads);
  const alone = { library, errors: [], close: () => {} };
  switch (peer) {
    case "software": {
      const { device, errors } = await (await softwareDevices()).open();
      return { library, peer: { name: peer, host: hostOnDevice(device) }, errors, close: () => device.destroy() };
    }
    case "one-thread":
      return { ...alone, peer: { name: "one thread", host: hostOnWasm(1) } };
    case undefined:
      return alone;
  }
}

/** Does this work on the stand, and closes it. @throws (rejects) if the device reports an error */
export async function onStand<Value>(
  stand: TrainingStand,
  work: (stand: TrainingStand) => Promise<Value>,
): Promise<Value> {
  try {
    const value = await work(stand);
    if (stand.errors.length > 0) throw new Error(`the device: ${stand.errors.join("; ")}`);
    return value;
  } finally {
    stand.close();
  }
}
