/** A small convolutional network reads handwritten digits: more than 99 % of 10,000 that it has not seen. */

import { Adam, Conv2D, cosineDecay, Dense, Dropout, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

const example = await kit.openExample();
const { train, test, classes } = await kit.loadDigits(example);
const epochs = 3;
const batchSize = 64;

// From digits [N, 28, 28, 1] to ten logits each.
const model = new Sequential([
  new Conv2D({ filters: 16, kernelSize: 3, padding: "same", activation: "relu" }),
  new MaxPooling2D(),
  new Conv2D({ filters: 32, kernelSize: 3, padding: "same", activation: "relu" }),
  new MaxPooling2D(),
  new Flatten(),
  new Dropout({ rate: 0.3 }),
  new Dense({ units: 64, activation: "relu" }),
  new Dense({ units: classes.length }),
]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });

// The learning rate falls to zero along half a cosine.
const steps = epochs * Math.ceil(train.labels.length / batchSize);
const optimizer = new Adam({ learningRate: cosineDecay(2e-3, steps) });
model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
console.log(`${model.summary()}\n`);

const curves = await kit.learn(example, model, train, { epochs, batchSize });

const tested = await kit.testClassifier(example, model, test, classes);
kit.printConfusion(tested);
const picture = kit.drawExample(
  `${kit.percent(tested.accuracy)} of ${test.labels.length.toLocaleString("en")} digits read`,
  `After ${model.stepsDone.toLocaleString("en")} steps of ${batchSize} digits`,
  [
    kit.curveCharts(curves, [
      { title: "Loss by step", axis: "loss", lines: ["loss"] },
      { title: "Accuracy by step", axis: "share", lines: ["accuracy"] },
    ]),
    kit.confusionMap(tested),
    kit.surestMistakes(tested),
  ],
);
await example.save("mnist.png", picture);
example.close();
