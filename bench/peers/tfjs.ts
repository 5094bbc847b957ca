import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { globals } from "webgpu";
import type { Contender, Prepared } from "../contender.js";
import type { OpenDevice } from "../device.js";
import type { Inputs } from "../operands.js";
import type { Task } from "../tasks.js";
import { FORWARD_OUTPUT, INPUT_LIKE, kernelCall, kernelFilterShape } from "./tfjsCalls.js";

/** The requested peer is not installed. The message says what to do. */
export class PeerMissingError extends Error {}

type Core = typeof import("@tensorflow/tfjs-core");
type Tensor = import("@tensorflow/tfjs-core").Tensor;
type WebGPUBackend = import("@tensorflow/tfjs-backend-webgpu").WebGPUBackend;

export interface Peer {
  /** With its version. */
  readonly name: string;
  open(device: OpenDevice): Promise<Contender>;
}

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
export async function loadTfjs(gpu: GPU): Promise<Peer> {
  const tfjs = await importTfjs(gpu);
  const { core } = tfjs;
  return {
    name: `tfjs-backend-webgpu ${core.version_core}`,
    open: async (device) => {
      const backend = await useDevice(tfjs, device);
      return {
        name: "tfjs",
        prepare: (task, inputs) => prepare(core, backend, task, inputs),
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
  const folder = fileURLToPath(new URL("../node_modules/@tensorflow/tfjs-backend-webgpu", import.meta.url));
  if (!existsSync(folder)) {
    throw new PeerMissingError("tfjs is not installed; its packages are the bench's own: npm ci --prefix bench");
  }
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

function prepare(core: Core, backend: WebGPUBackend, task: Task, inputs: Inputs): Prepared | undefined {
  const call = kernelCall(task);
  if (!call) return undefined;
  const submit = () => submitWork(backend);
  const upload = (values: Float32Array, shape: readonly number[]) => {
    const tensor = core.tensor(values, shape);
    // Upload now, not when the first kernel reads it.
    backend.uploadToGPU(tensor.dataId);
    return tensor;
  };
  const tensors = new Map<string, Tensor>(
    inputs.map(({ data, shape }, name) => upload(data, name === "w" ? filterShape(task, shape) : shape)),
  );
  const compute = ({ kernel, inputs: names, attributes }: typeof call) => {
    const given = Object.entries(names).map(([input, name]) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`${kernel} has no ${name}`);
      return [input, tensor] as const;
    });
    return core.engine().runKernel(kernel, Object.fromEntries(given), attributes);
  };
  if (task.operator === "averagePool2dBackward") {
    const elements = task.x.reduce((size, extent) => size * extent, 1);
    tensors.set(INPUT_LIKE, upload(new Float32Array(elements), task.x));
  }
  if (task.operator === "maxPool2dBackward") {
    const forward = kernelCall({ ...task, operator: "maxPool2d" });
    if (forward) tensors.set(FORWARD_OUTPUT, compute(forward));
  }
  submit();
  return {
    run: () => compute(call).dispose(),
    submit,
    read: async () => {
      const output = compute(call);
      const values = await output.data();
      output.dispose();
      return values;
    },
  };
}

function filterShape(task: Task, shape: readonly number[]): readonly number[] {
  return "w" in task ? kernelFilterShape(shape, task.options.groups ?? 1) : shape;
}
