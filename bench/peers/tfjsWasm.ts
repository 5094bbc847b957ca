import { fileURLToPath } from "node:url";
import { PeerMissingError, requireInstalled } from "./missing.js";
import type { Peer } from "./peer.js";
import { type PreparedKernel, prepareKernel } from "./tfjsKernels.js";

type Core = typeof import("@tensorflow/tfjs-core");

/**
 * TensorFlow.js on its WebAssembly backend, with SIMD, on one thread. It starts no more in Node, and in pages half as many as there are cores.
 *
 * @throws (rejects with) PeerMissingError
 */
export async function importTfjsWasm(): Promise<{ readonly core: Core; readonly title: string }> {
  requireInstalled("tfjs-wasm", "@tensorflow/tfjs-backend-wasm");
  const core = await import("@tensorflow/tfjs-core");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  core.enableProdMode();
  wasm.setWasmPaths(fileURLToPath(new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url)));
  if (!(await core.setBackend("wasm"))) throw new PeerMissingError("tfjs-wasm did not start");
  if (!(await core.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new PeerMissingError("tfjs-wasm has no SIMD here");
  return { core, title: `tfjs-backend-wasm ${core.version_core} on one thread` };
}

/** Its operators, one by one. @throws (rejects with) PeerMissingError */
export async function loadTfjsWasm(): Promise<Peer> {
  const { core, title } = await importTfjsWasm();
  const backend = { upload: () => {}, finish: async () => {} };
  return {
    name: title,
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
