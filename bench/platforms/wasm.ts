import { cpus } from "node:os";
import { nodeThreads } from "../../src/runtime/wasm/threads/threads.node.js";
import type { WasmPeer } from "../arguments.js";
import { WasmLimits } from "../ceiling/wasm.js";
import { bindingLimit } from "../ceiling.js";
import { openOnWasm } from "../library.js";
import { loadOrt, loadOrtWeb } from "../peers/onnxruntime.js";
import type { Peer } from "../peers/peer.js";
import { loadSoftware } from "../peers/software.js";
import { loadTfjsWasm } from "../peers/tfjsWasm.js";
import type { Platform } from "../platform.js";
import { type Clock, processorClock } from "../timing.js";

const PEERS: Readonly<Record<WasmPeer, (threads: number) => Promise<Peer>>> = {
  "tfjs-wasm": loadTfjsWasm,
  ort: loadOrt,
  "ort-web": loadOrtWeb,
  software: loadSoftware,
};

/**
 * WebAssembly in Node.
 *
 * @param requested the threads of the library and of the peer; as many as the library takes by itself if left out
 * @throws (rejects with) PeerMissingError
 */
export async function openWasm(
  requested: number | undefined,
  peer: WasmPeer | undefined,
  clock: Clock,
): Promise<Platform> {
  const threads = requested ?? nodeThreads.usual;
  const rival = peer && (await PEERS[peer](threads));
  const limits = await WasmLimits.open(threads);
  const processor = cpus()[0]?.model;
  const byProcessor = clock === processorClock;
  return {
    title: `WebAssembly SIMD, ${threads} ${threads === 1 ? "thread" : "threads"} of ${cpus().length} × ${processor}, Node ${process.version}${rival ? `, beside ${rival.name}` : ""}`,
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
    close: async () => limits.close(),
  };
}
