import type { Backend } from "webgpu-cnn";
import type { Dataset } from "webgpu-cnn/io";
import {
  Activation,
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  MaxPooling2D,
  Sequential,
} from "webgpu-cnn/nn";
import { RandomNumbers } from "../../../src/core/random.js";

/** A small net for [8, 8, 1] with all that makes replicas hard: batch normalization and dropout. */
export function smallNet(backend: Backend, seed = 1): Sequential {
  return new Sequential([
    new Conv2D({ filters: 4, kernelSize: 3, padding: "same", useBias: false }),
    new BatchNormalization(),
    new Activation("relu"),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 16, activation: "relu" }),
    new Dropout({ rate: 0.25 }),
    new Dense({ units: 3 }),
  ]).build(backend, { inputShape: [8, 8, 1], seed });
}

/** Pictures for it, [count, 8, 8, 1] of bytes: noise with a bright third of the rows that tells the class, 0 … 2. */
export function stripes(count: number, seed = 1): Dataset {
  const random = new RandomNumbers(seed);
  const labels = Uint8Array.from({ length: count }, () => random.integer(3));
  const images = Uint8Array.from({ length: count * 64 }, (_, i) => {
    const row = Math.floor((i % 64) / 8);
    const isBright = Math.floor(row / 3) === labels[Math.floor(i / 64)];
    return random.integer(128) + (isBright ? 100 : 0);
  });
  return { images, shape: [count, 8, 8, 1], labels };
}
