import { fileURLToPath } from "node:url";
import { PeerMissingError, requireInstalled } from "./missing.js";
import type { Peer } from "./peer.js";
import { type PreparedKernel, prepareKernel } from "./tfjsKernels.js";

/**
 * TensorFlow.js on its WebAssembly backend, with SIMD.
 *
 * @throws (rejects with) PeerMissingError
 */
export async function loadTfjsWasm(threads: number): Promise<Peer> {
  requireInstalled("tfjs-wasm", "@tensorflow/tfjs-backend-wasm");
  const core = await import("@tensorflow/tfjs-core");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  core.enableProdMode();
  wasm.setWasmPaths(fileURLToPath(new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url)));
  // It takes Node for an environment without threads.
  core.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  if (threads > 1) wasm.setThreadsCount(threads);
  if (!(await core.setBackend("wasm"))) throw new PeerMissingError("tfjs-wasm did not start");
  if (!(await core.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new PeerMissingError("tfjs-wasm has no SIMD here");
  const running = threads > 1 ? wasm.getThreadsCount() : 1;
  if (running !== threads) throw new PeerMissingError(`tfjs-wasm runs on ${running} threads, not on ${threads}`);
  const backend = { upload: () => {}, finish: async () => {} };
  return {
    name: `tfjs-backend-wasm ${core.version_core}`,
    open: async () => {
      const all: PreparedKernel[] = [];
      return {
        name: "tfjs-wasm",
        prepare: async (task, inputs) => {
          const prepared = await prepareKernel(core, backend, task, inputs);
          if (prepared) all.push(prepared);
          return prepared;
        },
        close: async () => {
          for (const prepared of all) prepared.dispose();
        },
      };
    },
  };
}
