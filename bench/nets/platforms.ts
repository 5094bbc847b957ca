import { createBackend } from "webgpu-cnn";
import { nodeThreads } from "../../src/runtime/wasm/threads/threads.node.js";
import { measureDevice } from "../ceiling/device.js";
import { WasmLimits } from "../ceiling/wasm.js";
import { Devices } from "../device.js";
import { onnxRunner } from "../peers/onnxNets.js";
import { importOrt, importOrtWeb } from "../peers/onnxruntime.js";
import { importTfjs, useDevice } from "../peers/tfjs.js";
import { tfjsRunner } from "../peers/tfjsNets.js";
import { importTfjsWasm } from "../peers/tfjsWasm.js";
import { wasmTitle } from "../platforms/wasmTitle.js";
import { asleepUntil, workDone } from "../waiting.js";
import type { NetPeer, NetTarget } from "./arguments.js";
import { type BackendSource, predicting, recorded } from "./library.js";
import type { NetStand } from "./measure.js";
import type { Runner } from "./runner.js";

interface TitledRunner {
  readonly title: string;
  readonly runner: Runner;
}

const WASM_PEERS: Readonly<Record<NetPeer, (threads: number) => Promise<TitledRunner>>> = {
  "ort-web": async (threads) => {
    const ort = await importOrtWeb(threads);
    return { title: ort.title, runner: await onnxRunner(ort, threads) };
  },
  ort: async (threads) => {
    const ort = await importOrt();
    return { title: ort.title, runner: await onnxRunner(ort, threads) };
  },
  "tfjs-wasm": async () => {
    const { core, title } = await importTfjsWasm();
    return { title, runner: await tfjsRunner("tfjs-wasm", core) };
  },
};

/** @throws (rejects with) PeerMissingError; Error if there is no adapter */
export function openStand(target: NetTarget): Promise<NetStand> {
  return target.backend === "wasm" ? openWasm(target.peers, target.threads) : openWebGPU(target.tfjs);
}

async function openWasm(names: readonly NetPeer[], requested: number | undefined): Promise<NetStand> {
  const threads = requested ?? nodeThreads.usual;
  const peers: TitledRunner[] = [];
  for (const name of names) peers.push(await WASM_PEERS[name](threads));
  const limits = await WasmLimits.open(threads, nodeThreads);
  const library: BackendSource = {
    open: () => createBackend({ kind: "wasm", threads }),
    close: (backend) => backend.destroy(),
  };
  const beside = peers.map(({ title }) => title).join(", ");
  return {
    title: `${wasmTitle(threads)}${beside && `, beside ${beside}`}`,
    record: { backend: "wasm", threads, peers: peers.map(({ title }) => title) },
    runners: [predicting(library), recorded(library), ...peers.map(({ runner }) => runner)],
    missing: [],
    measureCeiling: (clock) => limits.measure(clock),
    limit: () => limits.best("flopsPerSecond"),
    close: async () => limits.close(),
  };
}

async function openWebGPU(withTfjs: boolean): Promise<NetStand> {
  const devices = await Devices.find();
  const opened = await devices.open();
  const tfjs = withTfjs ? await importTfjs(devices.gpu) : undefined;
  if (tfjs) await useDevice(tfjs, opened);
  const library: BackendSource = {
    open: () => createBackend({ device: opened.device }),
    close: (backend) => backend.destroy(),
  };
  const rivals = tfjs ? [await tfjsRunner("tfjs", tfjs.core, asleepUntil)] : [];
  const beside = tfjs && `tfjs-backend-webgpu ${tfjs.core.version_core}`;
  return {
    title: `${devices.name}, Node ${process.version}${beside ? `, beside ${beside}` : ""}`,
    record: { adapter: devices.adapter, peers: beside ? [beside] : [] },
    runners: [predicting(library), recorded(library), ...rivals],
    missing: ["ort-web on WebGPU: it needs a page. In Node it passes shared memory to the device, which Dawn refuses"],
    measureCeiling: () => measureDevice(opened.device, workDone),
    close: async () => {
      opened.device.destroy();
      if (opened.errors.length > 0) throw new Error(`the device: ${opened.errors.join("; ")}`);
    },
  };
}
