import { fileURLToPath } from "node:url";
import { PeerMissingError, requireInstalled } from "./missing.js";
import type { Peer } from "./peer.js";
import { type PreparedKernel, prepareKernel } from "./tfjsKernels.js";

/**
 * TensorFlow.js on its WebAssembly backend, with SIMD, on one thread. It starts no more in Node, and in pages half as many as there are cores.
 *
 * @throws (rejects with) PeerMissingError
 */
export async function loadTfjsWasm(): Promise<Peer> {
  requireInstalled("tfjs-wasm", "@tensorflow/tfjs-backend-wasm");
  const core = await import("@tensorflow/tfjs-core");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  core.enableProdMode();
  wasm.setWasmPaths(fileURLToPath(new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url)));
  if (!(await core.setBackend("wasm"))) throw new PeerMissingError("tfjs-wasm did not start");
  if (!(await core.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new PeerMissingError("tfjs-wasm has no SIMD here");
  const backend = { upload: () => {}, finish: async () => {} };
  return {
    name: `tfjs-backend-wasm ${core.version_core} on one thread`,
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
