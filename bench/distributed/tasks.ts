import type { Backend } from "webgpu-cnn";
import type { Dataset } from "webgpu-cnn/io";
import { Adam, type Optimizer, Sequential, SGD } from "webgpu-cnn/nn";
import { loadMnist } from "../../demo/mnist.js";
import { RandomNumbers } from "../../src/core/random.js";
import { lenet, resnet8 } from "../training/networks.js";

/** What is trained. The worker's process has its name only. */
export type TaskName = "lenet" | "resnet8";

export interface Task {
  readonly name: TaskName;
  readonly title: string;
  model(backend: Backend): Sequential;
  optimizer(): Optimizer;
  /** The first `count` examples. */
  data(count: number): Promise<Dataset>;
}

export const TASKS: Readonly<Record<TaskName, Task>> = {
  lenet: {
    name: "lenet",
    title: "LeNet, MNIST",
    model: (backend) => new Sequential(lenet()).build(backend, { inputShape: [28, 28, 1], seed: 1 }),
    optimizer: () => new Adam(),
    data: async (count) => first((await loadMnist()).train, count),
  },
  resnet8: {
    name: "resnet8",
    title: "ResNet-8, 32×32×3",
    model: (backend) => new Sequential(resnet8()).build(backend, { inputShape: [32, 32, 3], seed: 1 }),
    optimizer: () => new SGD({ learningRate: 0.01, momentum: 0.9 }),
    data: async (count) => noise(count),
  },
};

function first({ images, shape, labels }: Dataset, count: number): Dataset {
  const [examples = 0, ...example] = shape;
  if (count > examples) throw new Error(`${count} examples, expected at most ${examples}`);
  const size = images.length / examples;
  return { images: images.subarray(0, count * size), shape: [count, ...example], labels: labels.subarray(0, count) };
}

/** Pictures of CIFAR's size that show nothing. The time of a step does not depend on what they show. */
function noise(count: number): Dataset {
  const random = new RandomNumbers(1);
  return {
    images: Uint8Array.from({ length: count * 32 * 32 * 3 }, () => random.integer(256)),
    shape: [count, 32, 32, 3],
    labels: Uint8Array.from({ length: count }, () => random.integer(10)),
  };
}
