import { globals } from "webgpu";
import type { Contender } from "../contender.js";
import type { OpenDevice } from "../device.js";
import { workDone } from "../waiting.js";
import { requireInstalled } from "./missing.js";
import { prepareKernel } from "./tfjsKernels.js";

type Core = typeof import("@tensorflow/tfjs-core");
type WebGPUBackend = import("@tensorflow/tfjs-backend-webgpu").WebGPUBackend;

/** TensorFlow.js, loaded. */
export interface Tfjs {
  readonly core: Core;
  readonly WebGPUBackend: typeof import("@tensorflow/tfjs-backend-webgpu").WebGPUBackend;
}

/** The name under which its kernels are registered. */
const NAME = "webgpu";

/**
 * TensorFlow.js on its WebGPU backend.
 *
 * @param gpu its `navigator.gpu`
 * @throws (rejects with) PeerMissingError
 */
export async function loadTfjs(
  gpu: GPU,
): Promise<{ readonly name: string; open(device: OpenDevice): Promise<Contender> }> {
  const tfjs = await importTfjs(gpu);
  const { core } = tfjs;
  return {
    name: `tfjs-backend-webgpu ${core.version_core}`,
    open: async (device) => {
      const backend = await useDevice(tfjs, device);
      return {
        name: "tfjs",
        prepare: (task, inputs) =>
          prepareKernel(
            core,
            {
              // Now, not when the first kernel reads it.
              upload: ({ dataId }) => backend.uploadToGPU(dataId),
              finish: async () => {
                submitWork(backend);
                await workDone(device.device);
              },
            },
            task,
            inputs,
          ),
        // Frees its buffers, and its tensors with them.
        close: async () => core.removeBackend(NAME),
      };
    },
  };
}

/**
 * Loads TensorFlow.js with its WebGPU backend.
 *
 * @param gpu its `navigator.gpu`
 * @throws (rejects with) PeerMissingError
 */
export async function importTfjs(gpu: GPU): Promise<Tfjs> {
  requireInstalled("tfjs", "@tensorflow/tfjs-backend-webgpu");
  // TensorFlow.js looks for WebGPU in a page's globals. The library never reads these.
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  const core = await import("@tensorflow/tfjs-core");
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  core.enableProdMode();
  // Otherwise it computes small cases on its CPU backend.
  core.env().set("WEBGPU_CPU_FORWARD", false);
  return { core, WebGPUBackend };
}

/** Makes a WebGPU backend on this device the current one. */
export async function useDevice(
  { core, WebGPUBackend }: Tfjs,
  { device, adapterInfo }: OpenDevice,
): Promise<WebGPUBackend> {
  if (core.findBackendFactory(NAME)) core.removeBackend(NAME);
  const backend = new WebGPUBackend(device, adapterInfo);
  core.registerBackend(NAME, () => backend);
  await core.setBackend(NAME);
  return backend;
}

/** Submits all queued work to the device. */
export function submitWork(backend: WebGPUBackend): void {
  backend.endComputePassEncoder();
  backend.ensureCommandEncoderReady();
  backend.submitQueue();
}
