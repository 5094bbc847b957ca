/**
 * Trains a small network on handwritten digits, and writes it as an ONNX file:
 *
 *     node tools/run.mjs examples/serve/train.ts [FOLDER] [DIGITS]
 *
 * FOLDER ("out" if left out) gets digits.onnx; digits.safetensors, which loadModel reads; and digit.bin, the pixels of a
 * digit to try. DIGITS is how many digits it learns from: 60,000 if left out.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createBackend } from "webgpu-cnn";
import { saveCheckpoint } from "webgpu-cnn/io";
import { Activation, Conv2D, Dense, Flatten, input, MaxPooling2D, Model, Sequential } from "webgpu-cnn/nn";
import { exportOnnx } from "webgpu-cnn/onnx";
import { loadMnist } from "../../demo/mnist.js";
import type { Labelled } from "../../demo/page/data/packed.js";

const [folder = "out", digits = "60000"] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const backend = await createBackend();
const { train, test } = await loadMnist();

const layers = [
  new Conv2D({ filters: 8, kernelSize: 5, padding: "same", activation: "relu" }),
  new MaxPooling2D(),
  new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
  new MaxPooling2D(),
  new Flatten(),
  new Dense({ units: 84, activation: "relu" }),
  new Dense({ units: 10 }),
];
const model = new Sequential(layers).build(backend, { inputShape: [28, 28, 1], seed: 1 });
model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
const first = ({ images, labels }: Labelled, count: number) => ({
  images: images.subarray(0, 784 * count),
  shape: [count, 28, 28, 1],
  labels: labels.subarray(0, count),
});
const examples = first(train, Number(digits));
for await (const { step, loss } of model.fit(examples, { epochs: 1, batchSize: 32, reportEvery: 50 })) {
  console.log(`step ${step}: loss ${loss.toFixed(3)}`);
}
const { metrics } = await model.evaluate(first(test, 1000));
console.log(`right for ${(100 * (metrics["accuracy"] ?? 0)).toFixed(1)}% of 1,000 other digits`);

// What is served takes an image, from 0 for paper to 1 for ink, and gives probabilities. It has the weights of the model.
const image = input([28, 28, 1], { name: "image" });
const probabilities = new Activation("softmax").apply(model.apply(image));
const served = new Model({ inputs: image, outputs: { probabilities } }).build(backend);
await writeFile(join(folder, "digits.onnx"), await exportOnnx(served));
await saveCheckpoint(join(folder, "digits.safetensors"), await served.save());
await writeFile(join(folder, "digit.bin"), test.images.subarray(0, 784));
console.log(`wrote ${join(folder, "digits.onnx")}`);
backend.destroy();
