import type { Backend } from "webgpu-cnn";
import { Adam, Conv2D, cosineDecay, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";

const LEARNING_RATE = 2e-3;

/**
 * A network after LeNet-5 (LeCun et al. 1998), with ReLU instead of tanh and max pooling instead of average pooling. The first layer has eight
 * filters instead of six, because kernels take four at a time. From digits [N, 28, 28, 1] to logits [N, 10].
 *
 * @param steps the number of steps over which the learning rate falls to zero, along a cosine
 */
export function makeNetwork(backend: Backend, seed: number, steps: number): Sequential {
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 5, padding: "same", activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 120, activation: "relu" }),
    new Dense({ units: 84, activation: "relu" }),
    new Dense({ units: 10 }),
  ]).build(backend, { inputShape: [28, 28, 1], seed });
  const optimizer = new Adam({ learningRate: cosineDecay(LEARNING_RATE, steps) });
  return model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}
