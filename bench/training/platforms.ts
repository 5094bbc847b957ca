import { cpus } from "node:os";
import { nodeThreads } from "../../src/runtime/wasm/threads/threads.node.js";
import { Devices } from "../device.js";
import type { HostTensor } from "../operands.js";
import { PeerMissingError } from "../peers/missing.js";
import { tfjsTrainees } from "../peers/tfjsTraining.js";
import type { Target } from "./arguments.js";
import { type Host, hostOnDevice, hostOnWasm } from "./host.js";
import type { Trainee } from "./trainee.js";

/** What networks are trained on. */
export interface TrainingPlatform {
  readonly title: string;
  /** What a record of the run says about it. */
  readonly record: object;
  /** Opens what one network is trained on. It is new. */
  open(): Promise<TrainingStand>;
}

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

/** @throws (rejects with) PeerMissingError; Error if there is no adapter */
export function openPlatform(target: Target): Promise<TrainingPlatform> {
  return target.backend === "webgpu" ? openWebGPU(target.peer) : openWasm(target.threads, target.peer);
}

async function openWebGPU(peer: "tfjs" | undefined): Promise<TrainingPlatform> {
  const devices = await Devices.find();
  return {
    title: `${nameOf(devices)}, Node ${process.version}, ${cpus().length} cores`,
    record: { adapter: devices.adapter, peer },
    open: async () => {
      const opened = await devices.open();
      const library = hostOnDevice(opened.device);
      const stand = { library, errors: opened.errors, close: () => opened.device.destroy() };
      return peer ? { ...stand, lenetPeers: (weights) => tfjsTrainees(devices.gpu, opened, weights) } : stand;
    },
  };
}

async function openWasm(requested: number | undefined, peer: "software" | undefined): Promise<TrainingPlatform> {
  const threads = requested ?? nodeThreads.usual;
  const devices = peer && (await Devices.find());
  if (devices && !devices.adapter.software) {
    throw new PeerMissingError(`software is no peer here: the adapter is ${devices.adapter.description}`);
  }
  const beside = devices ? `, beside WebGPU on ${nameOf(devices)}` : "";
  return {
    title: `WebAssembly SIMD, ${threads} ${threads === 1 ? "thread" : "threads"} of ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}${beside}`,
    record: { backend: "wasm", threads, peer, adapter: devices?.adapter },
    open: async () => {
      const opened = await devices?.open();
      return {
        library: hostOnWasm(threads),
        peer: opened && { name: "software", host: hostOnDevice(opened.device) },
        errors: opened?.errors ?? [],
        close: () => opened?.device.destroy(),
      };
    },
  };
}

function nameOf({ adapter: { description, vendor, architecture, software } }: Devices): string {
  return `${description || `${vendor} ${architecture}`}${software ? " (a software adapter)" : ""}`;
}
