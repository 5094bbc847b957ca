import type { Backend } from "webgpu-cnn";
import type { Dataset } from "webgpu-cnn/io";
import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
import { loadMnist } from "../../../demo/mnist.js";

/**
 * For [28, 28, 1]: two convolutions, three dense layers (after LeCun et al., "Gradient-based learning applied to
 * document recognition", 1998).
 */
export function lenet(backend: Backend, seed = 1): Sequential {
  return new Sequential([
    new Conv2D({ filters: 6, kernelSize: 5, padding: "same", activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 120, activation: "relu" }),
    new Dense({ units: 84, activation: "relu" }),
    new Dense({ units: 10 }),
  ]).build(backend, { inputShape: [28, 28, 1], seed });
}

/** The first `count` digits of MNIST's training set. */
export async function digits(count: number): Promise<Dataset> {
  const { train } = await loadMnist();
  const { images, shape, labels } = train;
  const [, ...example] = shape;
  return { images: images.subarray(0, count * 784), shape: [count, ...example], labels: labels.subarray(0, count) };
}
