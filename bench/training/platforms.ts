import { cpus } from "node:os";
import { nodeThreads } from "../../src/runtime/wasm/threads/threads.node.js";
import type { TrainingPeer } from "../arguments.js";
import { Devices } from "../device.js";
import { softwareDevices } from "../peers/software.js";
import { wasmTitle } from "../platforms/wasmTitle.js";
import type { Target } from "./arguments.js";
import { type TrainingStand, trainOnDevice, trainOnWasm } from "./stand.js";

/** What networks are trained on. */
export interface TrainingPlatform {
  readonly title: string;
  /** What a record of the run says about it. */
  readonly record: object;
  /** Opens what one network is trained on. It is new. */
  open(): Promise<TrainingStand>;
}

/** @throws (rejects with) PeerMissingError; Error if there is no adapter */
export function openPlatform(target: Target): Promise<TrainingPlatform> {
  return target.backend === "webgpu" ? openWebGPU(target.peer) : openWasm(target.threads, target.peer);
}

async function openWebGPU(peer: "tfjs" | undefined): Promise<TrainingPlatform> {
  const devices = await Devices.find();
  return {
    title: `${devices.name}, Node ${process.version}, ${cpus().length} cores`,
    record: { adapter: devices.adapter, peer },
    open: () => trainOnDevice(devices, peer),
  };
}

async function openWasm(requested: number | undefined, peer: TrainingPeer | undefined): Promise<TrainingPlatform> {
  const threads = requested ?? nodeThreads.usual;
  const adapter = peer === "software" ? await softwareDevices() : undefined;
  const beside = adapter ? `WebGPU on ${adapter.name}` : peer && "itself on one thread";
  return {
    title: `${wasmTitle(threads)}${beside ? `, beside ${beside}` : ""}`,
    record: { backend: "wasm", threads, peer, adapter: adapter?.adapter },
    open: () => trainOnWasm(threads, peer),
  };
}
