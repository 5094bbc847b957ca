import { nodeThreads } from "../../src/runtime/wasm/threads/threads.node.js";
import type { WasmPeer } from "../arguments.js";
import { WasmLimits } from "../ceiling/wasm.js";
import { bindingLimit } from "../ceiling.js";
import { openOnWasm } from "../library.js";
import { ONE_THREAD } from "../peers/oneThread.js";
import { loadOrt, loadOrtWeb } from "../peers/onnxruntime.js";
import type { Peer } from "../peers/peer.js";
import { loadSoftware } from "../peers/software.js";
import { loadTfjsWasm } from "../peers/tfjsWasm.js";
import type { Platform } from "../platform.js";
import { type Clock, processorClock } from "../timing.js";
import { trainOnWasm } from "../training/stand.js";
import { wasmTitle } from "./wasmTitle.js";

const PEERS: Readonly<Record<WasmPeer, (threads: number) => Promise<Peer>>> = {
  "tfjs-wasm": loadTfjsWasm,
  ort: loadOrt,
  "ort-web": loadOrtWeb,
  software: loadSoftware,
  "one-thread": async () => ONE_THREAD,
};

/**
 * WebAssembly in Node.
 *
 * @param requested the threads of the library, and of peers that have several; as many as the library takes by itself if left out
 * @throws (rejects with) PeerMissingError
 */
export async function openWasm(
  requested: number | undefined,
  peer: WasmPeer | undefined,
  clock: Clock,
): Promise<Platform> {
  const threads = requested ?? nodeThreads.usual;
  const rival = peer && (await PEERS[peer](threads));
  const limits = await WasmLimits.open(threads, nodeThreads);
  const byProcessor = clock === processorClock;
  return {
    title: `${wasmTitle(threads)}${rival ? `, beside ${rival.name}` : ""}`,
    software: true,
    peer,
    legend: [
      `ms: median ${byProcessor ? "of the processor's time" : "from the call until the work is done"}, over samples of one run or more; of ceiling: the least time that these multiply-adds or these bytes can`,
      "take, by the time taken, where the limit took turns with the row; of bound: the largest error by what the numerical promise allows; first ms: the first",
      "call on a fresh backend, compiling.",
    ],
    record: {
      backend: "wasm",
      threads,
      clock: byProcessor ? "processor" : "wall",
      peer: rival?.name,
    },
    reasonFor: () => undefined,
    measureCeiling: () => limits.measure(clock),
    limitOf: (work, ceiling) => limits.best(bindingLimit(work, ceiling)),
    open: async () => ({
      openLibrary: () => openOnWasm(threads),
      openPeer: rival && (() => rival.open()),
      errors: [],
      close: () => {},
    }),
    openTraining: () => trainOnWasm(threads, peer === "software" || peer === "one-thread" ? peer : undefined),
    close: async () => limits.close(),
  };
}
