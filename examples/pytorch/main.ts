/** A network that PyTorch trained reads digits with PyTorch's numbers, and learns on with a tenth of the learning rate. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadCheckpoint, readNpy } from "webgpu-cnn/io";
import { Activation, Adam, BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
import * as kit from "../kit/index.js";

const example = await kit.openExample();
const { train, test, classes } = await kit.loadDigits(example);

// The network of train.py, with its names. Both files are written by train.py.
const model = new Sequential([
  new Conv2D({ name: "conv1", filters: 8, kernelSize: 5, strides: 2, useBias: false }),
  new BatchNormalization({ name: "bn1", epsilon: 1e-5, momentum: 0.9 }),
  new Activation("relu"),
  new Conv2D({ name: "conv2", filters: 16, kernelSize: 3, activation: "relu" }),
  new MaxPooling2D(),
  new Flatten(),
  new Dense({ name: "fc", units: 10 }),
]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
model.loadWeights(await loadCheckpoint(file("digits.safetensors")), { pytorch: true });

const expected = readNpy(await readFile(file("logits.npy"))); // PyTorch's logits of the first digits, [20, 10]
const { data } = await model.predictAll(kit.first(test, expected.shape[0] ?? 0));
const differences = Array.from(data, (value, i) => Math.abs(value - Number(expected.data[i])));
example.result("from PyTorch's", `${Math.max(...differences).toExponential(1)} at most, of ${data.length} logits`);
const before = await kit.testClassifier(example, model, test, classes, "PyTorch's weights");

const epochs = example.budget(2, 1);
model.compile({ optimizer: new Adam({ learningRate: 1e-4 }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
const curves = await kit.learn(example, model, train, { epochs, batchSize: 64 });
const after = await kit.testClassifier(example, model, test, classes, "after fine-tuning");

const picture = kit.drawExample(
  `${kit.percent(after.accuracy)} of the digits read`,
  `${kit.percent(before.accuracy)} with the weights of PyTorch, then ${epochs} epochs with a small learning rate`,
  [
    kit.curveCharts(curves, [
      { title: "Loss", axis: "loss", lines: ["loss"] },
      { title: "Accuracy", axis: "share", lines: ["accuracy"] },
    ]),
    kit.surestMistakes(after),
  ],
);
await example.save("pytorch.png", picture);
example.close();
