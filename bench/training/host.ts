import { type Backend, createBackend } from "webgpu-cnn";
import { workDone } from "../waiting.js";

/** What the library trains on. */
export interface Host {
  openBackend(): Promise<Backend>;
  /** Resolves when all work that is queued on the backend is done. */
  finish(backend: Backend): Promise<void>;
}

export function hostOnDevice(device: GPUDevice): Host {
  return {
    openBackend: () => createBackend({ device }),
    finish: async (backend) => {
      backend.flush();
      await workDone(device);
    },
  };
}

export function hostOnWasm(threads: number): Host {
  return {
    openBackend: () => createBackend({ kind: "wasm", threads }),
    finish: (backend) => backend.settled(),
  };
}
