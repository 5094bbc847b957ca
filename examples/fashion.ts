/** A network with batch normalization and augmentation tells ten kinds of clothes apart: 92 % of 10,000 pictures. */

import {
  Activation,
  Adam,
  BatchNormalization,
  Conv2D,
  cosineDecay,
  Dense,
  Dropout,
  Flatten,
  MaxPooling2D,
  Sequential,
} from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

const example = await kit.openExample();
const { train, test, classes } = await kit.loadFashion(example);
const epochs = example.budget(12, 4);
const batchSize = 64;

// The normalization has an offset, so the convolution before it needs no bias.
const convolution = (filters: number) => [
  new Conv2D({ filters, kernelSize: 3, padding: "same", useBias: false, kernelInitializer: "heNormal" }),
  new BatchNormalization(),
  new Activation("relu"),
];
const model = new Sequential([
  ...convolution(16),
  new MaxPooling2D(),
  ...convolution(32),
  new MaxPooling2D(),
  ...convolution(64),
  new Flatten(),
  new Dropout({ rate: 0.4 }),
  new Dense({ units: 64, activation: "relu" }),
  new Dense({ units: classes.length }),
]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });

// The learning rate rises for 100 steps, then falls to zero along half a cosine.
const steps = epochs * Math.ceil(train.labels.length / batchSize);
const optimizer = new Adam({ learningRate: cosineDecay(3e-3, steps, { warmupSteps: 100 }) });
model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
console.log(`${model.summary()}\n`);

// Each epoch sees each picture anew: mirrored or not, and moved by up to a pixel. The test pictures show how far the
// training is. They decide nothing.
const augment = { flip: true, shift: 1 };
const curves = await kit.learn(example, model, train, { epochs, batchSize, augment, validationData: test });

const tested = await kit.testClassifier(example, model, test, classes);
kit.printConfusion(tested);
const picture = kit.drawExample(
  `${kit.percent(tested.accuracy)} of ${test.labels.length.toLocaleString("en")} clothes recognized`,
  `After ${model.stepsDone.toLocaleString("en")} steps of ${batchSize} pictures, mirrored and moved at random`,
  [
    kit.curveCharts(curves, [
      { title: "Loss", axis: "loss", lines: ["loss", "validation loss"] },
      { title: "Accuracy", axis: "share", lines: ["accuracy", "validation accuracy"] },
    ]),
    kit.confusionMap(tested),
    kit.surestMistakes(tested),
  ],
);
await example.save("fashion.png", picture);
example.close();
