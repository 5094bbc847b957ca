import type { Batch } from "webgpu-cnn/io";
import type { OpenDevice } from "../device.js";
import type { HostTensor } from "../operands.js";
import type { Trainee } from "../training/trainee.js";
import { workDone } from "../waiting.js";
import { importTfjs, submitWork, type Tfjs, useDevice } from "./tfjs.js";

type Core = Tfjs["core"];
type Tensor = import("@tensorflow/tfjs-core").Tensor;
type Variable = import("@tensorflow/tfjs-core").Variable;

const CLASSES = 10;

/**
 * The LeNet of the bench in TensorFlow.js, on its WebGPU backend and on its CPU backend.
 *
 * @param gpu its `navigator.gpu`
 * @param weights the initial weights: a kernel and a bias for each layer, in order
 * @throws (rejects with) PeerMissingError
 */
export async function tfjsTrainees(
  gpu: GPU,
  device: OpenDevice,
  weights: readonly HostTensor[],
): Promise<{ readonly name: string; readonly trainees: readonly Trainee[] }> {
  const tfjs = await importTfjs(gpu);
  const { core } = tfjs;
  // The build for Node lacks it. Import it by its path, because Node takes the module for CommonJS otherwise. It registers for all copies of the core.
  await import("../node_modules/@tensorflow/tfjs-core/dist/register_all_gradients.js");
  // It registers itself as "cpu".
  await import("@tensorflow/tfjs-backend-cpu");
  const backend = await useDevice(tfjs, device);
  const onGpu = new TfjsLenet("tfjs webgpu", core, "webgpu", () => submitWork(backend), device, weights);
  await core.setBackend("cpu");
  const onCpu = new TfjsLenet("tfjs cpu", core, "cpu", () => {}, device, weights);
  return { name: `tfjs ${core.version_core}`, trainees: [onGpu, onCpu] };
}

class TfjsLenet implements Trainee {
  readonly #variables: readonly Variable[];
  readonly #optimizer: ReturnType<Core["train"]["adam"]>;
  #loss: Tensor | undefined;

  /** @param backend must be the current backend */
  constructor(
    readonly name: string,
    private readonly core: Core,
    private readonly backend: string,
    private readonly submit: () => void,
    private readonly open: OpenDevice,
    weights: readonly HostTensor[],
  ) {
    this.#variables = weights.map(({ data, shape }) => core.variable(core.tensor(data.slice(), shape)));
    // Our default.
    this.#optimizer = core.train.adam(0.001, 0.9, 0.999, 1e-7);
  }

  step({ x, shape, labels }: Batch): void {
    const { core } = this;
    // Both backends exist already, so this switches at once.
    if (core.getBackend() !== this.backend) void core.setBackend(this.backend);
    this.#loss?.dispose();
    const images = core.tensor(x, shape);
    const oneHot = core.tensor(oneHotRows(labels), [labels.length, CLASSES]);
    const cost = this.#optimizer.minimize(
      () => core.losses.softmaxCrossEntropy(oneHot, this.#logits(images)),
      true,
      this.#variables,
    );
    if (!cost) throw new Error(`${this.name}: minimize returned no loss`);
    this.#loss = cost;
    images.dispose();
    oneHot.dispose();
  }

  finish(): Promise<void> {
    this.submit();
    return workDone(this.open.device);
  }

  async loss(): Promise<number> {
    const [value] = (await this.#loss?.data()) ?? [];
    if (value === undefined) throw new Error(`${this.name}: a loss before the first step`);
    return value;
  }

  /** Frees its buffers, and its tensors with them. */
  async close(): Promise<void> {
    this.core.removeBackend(this.backend);
  }

  #logits(x: Tensor): Tensor {
    const { core } = this;
    const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5] = this.#variables;
    if (!w1 || !b1 || !w2 || !b2 || !w3 || !b3 || !w4 || !b4 || !w5 || !b5) throw new Error("LeNet has ten weights");
    const convolved = (input: Tensor, w: Tensor, b: Tensor, pad: "same" | "valid") =>
      core.maxPool(core.relu(core.add(core.conv2d(input, w, 1, pad), b)), 2, 2, "valid");
    const dense = (input: Tensor, w: Tensor, b: Tensor) => core.add(core.matMul(input, w), b);
    const features = convolved(convolved(x, w1, b1, "same"), w2, b2, "valid");
    const flat = core.reshape(features, [x.shape[0] ?? 0, -1]);
    return dense(core.relu(dense(core.relu(dense(flat, w3, b3)), w4, b4)), w5, b5);
  }
}

function oneHotRows(labels: Float32Array): Float32Array {
  const rows = new Float32Array(labels.length * CLASSES);
  for (const [n, label] of labels.entries()) rows[n * CLASSES + label] = 1;
  return rows;
}
