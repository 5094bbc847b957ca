import type { Backend } from "webgpu-cnn";
import {
  Activation,
  Adam,
  BatchNormalization,
  Conv2D,
  cosineDecay,
  Dense,
  Dropout,
  exponentialDecay,
  Flatten,
  GlobalAveragePooling2D,
  glorotNormal,
  heNormal,
  heUniform,
  MaxPooling2D,
  Residual,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { mulberry32 } from "../support/random.js";

/** A training. Its losses and trained weights must have the same bits everywhere. */
export interface Training {
  readonly name: string;
  /** Gives the losses and the weights. */
  run(backend: Backend): Promise<readonly (Float32Array | Float64Array)[]>;
}

const CLASSES = 10;

/** Random pictures with random classes. */
function pictures(count: number, shape: readonly [number, number, number], seed: number) {
  const next = mulberry32(seed);
  const size = shape[0] * shape[1] * shape[2];
  return {
    images: Float32Array.from({ length: count * size }, next),
    shape: [count, ...shape],
    labels: Float32Array.from({ length: count }, () => Math.floor(CLASSES * next())),
  };
}

type Pictures = ReturnType<typeof pictures>;

async function train(model: Sequential, dataset: Pictures, epochs: number, batchSize: number) {
  const losses: number[] = [];
  for await (const { loss } of model.fit(dataset, { epochs, batchSize, seed: 3 })) losses.push(loss);
  const weights = await Promise.all(Array.from(model.weights, ([, variable]) => variable.read()));
  return [Float64Array.from(losses), ...weights];
}

export const TRAININGS: readonly Training[] = [
  {
    name: "20 steps of a LeNet with Adam",
    run(backend) {
      const model = new Sequential([
        new Conv2D({ filters: 6, kernelSize: 5, padding: "same", activation: "relu" }),
        new MaxPooling2D(),
        new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
        new MaxPooling2D(),
        new Flatten(),
        new Dense({ units: 120, activation: "relu" }),
        new Dropout({ rate: 0.2 }),
        new Dense({ units: 84, activation: "tanh" }),
        new Dense({ units: CLASSES }),
      ]).build(backend, { inputShape: [28, 28, 1], seed: 1 });
      model.compile({ optimizer: new Adam({ learningRate: cosineDecay(2e-3, 20) }), loss: "softmaxCrossEntropy" });
      return train(model, pictures(80, [28, 28, 1], 1), 4, 16);
    },
  },
  {
    name: "4 steps of a ResNet with SGD",
    run(backend) {
      const block = (strides: number) =>
        new Residual({
          layers: [
            new Conv2D({ filters: 16, kernelSize: 3, strides, padding: "same", useBias: false }),
            new BatchNormalization(),
            new Activation("relu"),
            new Conv2D({ filters: 16, kernelSize: 3, padding: "same", useBias: false }),
            new BatchNormalization(),
          ],
          shortcut: strides > 1 ? [new Conv2D({ filters: 16, kernelSize: 1, strides, useBias: false })] : [],
        });
      const model = new Sequential([
        new Conv2D({ filters: 16, kernelSize: 3, padding: "same", useBias: false }),
        new BatchNormalization(),
        new Activation("relu"),
        block(1),
        block(2),
        new GlobalAveragePooling2D(),
        new Dense({ units: CLASSES }),
      ]).build(backend, { inputShape: [16, 16, 3], seed: 2 });
      const learningRate = exponentialDecay(0.1, { decaySteps: 3, decayRate: 0.7 });
      model.compile({ optimizer: new SGD({ learningRate, momentum: 0.9, clipNorm: 1 }), loss: "softmaxCrossEntropy" });
      return train(model, pictures(16, [16, 16, 3], 2), 2, 8);
    },
  },
  {
    name: "initial weights",
    async run(backend) {
      const initializers = [glorotNormal, heNormal, heUniform];
      const models = initializers.map((kernelInitializer, seed) =>
        new Sequential([new Dense({ units: 300, kernelInitializer })]).build(backend, { inputShape: [200], seed }),
      );
      const read = models.flatMap((model) => Array.from(model.weights, ([, variable]) => variable.read()));
      return Promise.all(read);
    },
  },
  {
    name: "schedules of learning rates",
    async run() {
      const schedules = [cosineDecay(1e-3, 10000), exponentialDecay(0.3, { decaySteps: 77, decayRate: 0.96 })];
      return schedules.map((rate) => Float64Array.from({ length: 10000 }, (_, step) => rate(step)));
    },
  },
];
