import type { Backend } from "webgpu-cnn";
import {
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  type Fit,
  type FitReport,
  Flatten,
  type LabelledImages,
  MaxPooling2D,
  type Model,
  Sequential,
} from "webgpu-cnn/nn";
import { RandomNumbers } from "../../../src/core/random.js";

/** Images of a bright bar, upright or lying: two classes that a convolution tells apart. */
export function bars(examples: number, seed: number) {
  const random = new RandomNumbers(seed);
  const images = new Float32Array(examples * 64);
  const labels = new Float32Array(examples);
  for (let n = 0; n < examples; n++) {
    const upright = random.integer(2);
    const at = random.integer(8);
    labels[n] = upright;
    for (let i = 0; i < 64; i++) {
      const onBar = (upright === 1 ? i % 8 : Math.floor(i / 8)) === at;
      images[64 * n + i] = (onBar ? 1 : 0) + 0.2 * random.normal();
    }
  }
  return { images, shape: [examples, 8, 8, 1], labels } satisfies LabelledImages;
}

/** Layers that tell bars apart, with everything that has a state: dropout, batch normalization. */
export function smallLayers() {
  return [
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }),
    new BatchNormalization({ momentum: 0.5 }),
    new MaxPooling2D(),
    new Dropout({ rate: 0.1 }),
    new Flatten(),
    new Dense({ units: 2 }),
  ];
}

/** A model of these layers, ready for training. */
export function smallModel(backend: Backend, seed = 1): Sequential {
  return new Sequential(smallLayers())
    .build(backend, { inputShape: [8, 8, 1], seed })
    .compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}

export async function reportsOf(fit: Fit): Promise<FitReport[]> {
  const reports: FitReport[] = [];
  for await (const report of fit) reports.push(report);
  return reports;
}

/** What does not depend on the clock. */
export function withoutSpeed(reports: readonly FitReport[]) {
  return reports.map(({ imagesPerSecond, ...rest }) => rest);
}

export async function weightsOf(model: Pick<Model, "weights">): Promise<Record<string, readonly number[]>> {
  const read = [...model.weights].map(async ([name, variable]) => [name, [...(await variable.read())]] as const);
  return Object.fromEntries(await Promise.all(read));
}
