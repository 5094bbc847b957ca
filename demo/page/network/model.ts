import type { Backend, Variable } from "webgpu-cnn";
import {
  Adam,
  AveragePooling2D,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  type Layer,
  MaxPooling2D,
  type Optimizer,
  RMSprop,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import type { Settings } from "../settings/settings.js";
import type { Architecture } from "./architecture.js";

/** How the network learns. */
export type Method = Pick<Settings, "optimizer" | "rate" | "batch" | "seed">;

const MOMENTUM = 0.9;

/** The network with random weights, ready to be trained. */
export function makeModel(backend: Backend, architecture: Architecture, { optimizer, rate, seed }: Method): Sequential {
  const { input, classes, blocks, activation, dropout } = architecture;
  const layers: Layer[] = blocks.flatMap(({ filters, size, stride, padding, pool }, i) => [
    new Conv2D({ name: `conv${i + 1}`, filters, kernelSize: size, strides: stride, padding, activation }),
    ...(pool === "max" ? [new MaxPooling2D()] : []),
    ...(pool === "average" ? [new AveragePooling2D()] : []),
  ]);
  layers.push(new Flatten());
  if (dropout > 0) layers.push(new Dropout({ rate: dropout }));
  layers.push(new Dense({ name: "dense", units: classes }));
  return new Sequential(layers)
    .build(backend, { inputShape: [...input], seed })
    .compile({ optimizer: makeOptimizer(optimizer, rate), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}

function makeOptimizer(name: Method["optimizer"], learningRate: number): Optimizer {
  switch (name) {
    case "adam":
      return new Adam({ learningRate });
    case "sgd":
      return new SGD({ learningRate });
    case "momentum":
      return new SGD({ learningRate, momentum: MOMENTUM });
    case "rmsprop":
      return new RMSprop({ learningRate });
  }
}

/** A layer's kernel and bias. */
export interface LayerWeights {
  /** [R, S, C, K] of a convolution, [inputs, classes] of the dense layer. */
  readonly kernel: Variable;
  readonly bias: Variable;
}

/** The weights of each convolution, and after them those of the dense layer. */
export function weightsOf(model: Sequential, { blocks }: Architecture): LayerWeights[] {
  const weight = (name: string) => {
    const found = model.weights.get(name);
    if (!found) throw new Error(`the network has no weight ${name}`);
    return found;
  };
  return [...blocks.map((_, i) => `conv${i + 1}`), "dense"].map((layer) => ({
    kernel: weight(`${layer}.kernel`),
    bias: weight(`${layer}.bias`),
  }));
}
