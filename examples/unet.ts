/** A U-Net finds circles, squares and triangles in noisy pictures, and gives each pixel its class. */

import type { GraphTensor } from "webgpu-cnn/nn";
import {
  Activation,
  Adam,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  cosineDecay,
  input,
  MaxPooling2D,
  Model,
} from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

const example = await kit.openExample();
const train = kit.makeShapes(example.budget(4000, 800), { seed: example.seed });
const test = kit.makeShapes(example.budget(500, 100), { seed: example.seed + 1 });
const epochs = example.budget(8, 6);
const batchSize = 16;

/** A convolution, a batch normalization and ReLU, twice. */
function twoConvolutions(x: GraphTensor, filters: number): GraphTensor {
  for (let i = 0; i < 2; i++) {
    x = new Conv2D({ filters, kernelSize: 3, padding: "same", useBias: false }).apply(x);
    x = new Activation("relu").apply(new BatchNormalization({ momentum: 0.9 }).apply(x));
  }
  return x;
}

/** The U: each level works at half the resolution of the one above it, and its result comes back up beside the finer features. */
function levels(x: GraphTensor, filters: number, below: number): GraphTensor {
  const fine = twoConvolutions(x, filters);
  if (below === 0) return fine;
  const coarse = levels(new MaxPooling2D().apply(fine), 2 * filters, below - 1);
  const up = new Conv2DTranspose({ filters, kernelSize: 2, strides: 2 }).apply(coarse);
  return twoConvolutions(new Concatenate().apply([fine, up]), filters);
}

// From pictures [N, 32, 32, 1] to a logit for each pixel and class.
const picture = input(train.shape.slice(1));
const classes = kit.SHAPE_NAMES.length;
const logits = new Conv2D({ filters: classes, kernelSize: 1 }).apply(levels(picture, 8, 3));
const model = new Model({ inputs: picture, outputs: logits }).build(example.backend, { seed: example.seed });
const learningRate = cosineDecay(1e-2, (epochs * train.shape[0]) / batchSize);
model.compile({ optimizer: new Adam({ learningRate }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
console.log(`${model.summary()}\n`);

const curves = await kit.learn(example, model, train, { epochs, batchSize });

// Intersection over union: of all pixels that have a class or are predicted to have it, the share that have both.
const { data } = await model.predictAll(test);
const { predicted, confidence } = kit.classify(data, classes);
const matrix = kit.confusionMatrix({ labels: test.labels, predicted, confidence }, classes);
const shares = matrix.map((row, c) => {
  const count = (counts: readonly number[]) => counts.reduce((a, b) => a + b);
  const both = row[c] ?? 0;
  return both / (count(row) + count(matrix.map((other) => other[c] ?? 0)) - both);
});
for (const [c, name] of kit.SHAPE_NAMES.entries()) example.result(`IoU of ${name}`, kit.percent(shares[c] ?? 0));
const mean = shares.reduce((a, b) => a + b) / classes;
example.result("mean IoU", kit.percent(mean));

const shape = [8, ...test.shape.slice(1)];
const [columns, scale, map] = [8, 3, kit.SHAPE_COLOURS];
const drawing = kit.drawExample(
  `Shapes: a mean IoU of ${kit.percent(mean)}`,
  `A U-Net after ${epochs} epochs of ${train.shape[0]} pictures, on pictures that it has not seen`,
  [
    kit.sheetSection("Pictures", { shape, data: test.images }, { columns, scale }),
    kit.sheetSection("Truth", { shape, data: test.labels }, { columns, scale, map }),
    kit.sheetSection("Prediction", { shape, data: predicted }, { columns, scale, map }),
    kit.curveCharts(curves, [{ title: "Loss", axis: "loss", lines: ["loss"] }]),
  ],
);
await example.save("unet.png", drawing);
example.close();
