/** A denoising autoencoder cleans handwritten digits: it learns to undo noise that is added to them. */

import { Adam, type AugmentFunction, Conv2D, Conv2DTranspose, cosineDecay, Sequential } from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

/** The standard deviation of the noise. The digits have values from 0 to 1. */
const NOISE = 0.5;

const example = await kit.openExample();
const digits = await kit.loadDigits(example);
const epochs = 1;
const batchSize = 32;

// What the network should give back: the digits themselves. Bytes would not be scaled there.
const train = { ...digits.train, labels: Float32Array.from(digits.train.images, (byte) => byte / 255) };
const clean = Float32Array.from(digits.test.images, (byte) => byte / 255);

// From 28×28 pixels to 7×7 with 32 channels, and back. The network has no room for noise.
const down = (filters: number) =>
  new Conv2D({ filters, kernelSize: 3, strides: 2, padding: "same", activation: "relu" });
const up = (filters: number) =>
  new Conv2DTranspose({ filters, kernelSize: 4, strides: 2, padding: "same", activation: "relu" });
const model = new Sequential([
  down(16),
  down(32),
  new Conv2D({ filters: 32, kernelSize: 3, padding: "same", activation: "relu" }),
  up(16),
  up(16),
  new Conv2D({ filters: 1, kernelSize: 3, padding: "same" }),
]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });
const steps = epochs * Math.ceil(digits.train.labels.length / batchSize);
const optimizer = new Adam({ learningRate: cosineDecay(3e-3, steps) });
model.compile({ optimizer, loss: "meanSquaredError" });
console.log(`${model.summary()}\n`);

// Each digit gets its own noise, and with more epochs another one in each.
const augment: AugmentFunction = (image, _, random) => image.map((value) => value + NOISE * random.normal());
const curves = await kit.learn(example, model, train, { epochs, batchSize, augment });

const normal = kit.normalNumbers(kit.mulberry32(example.seed));
const noisy = clean.map((value) => value + NOISE * normal());
const { shape, data: cleaned } = await model.predictAll({ images: noisy, shape: digits.test.shape });

/** The peak signal-to-noise ratio, in decibels: more is better, and 10 dB more are a tenth of the mean squared error. */
function psnr(pictures: Float32Array): number {
  const limited = pictures.map((value) => Math.min(1, Math.max(0, value)));
  const squares = limited.reduce((sum, value, i) => sum + (value - (clean[i] ?? Number.NaN)) ** 2, 0);
  return -10 * Math.log10(squares / clean.length);
}
const [before, after] = [psnr(noisy), psnr(cleaned)].map((ratio) => `${ratio.toFixed(2)} dB`);
example.result("PSNR before", `${before}`);
example.result("PSNR after", `${after}`);

const sheet = (name: string, data: Float32Array) =>
  kit.sheetSection(name, { shape: [12, ...shape.slice(1)], data }, { columns: 12, scale: 2 });
const picture = kit.drawExample(
  `Digits without noise: from ${before} to ${after}`,
  `A denoising autoencoder after ${digits.train.labels.length.toLocaleString("en")} digits, on digits that it has not seen`,
  [
    sheet("Noisy", noisy),
    sheet("Cleaned", cleaned),
    sheet("Original", clean),
    kit.curveCharts(curves, [{ title: "Mean squared error", axis: "loss", lines: ["loss"] }]),
  ],
);
await example.save("autoencoder.png", picture);
example.close();
