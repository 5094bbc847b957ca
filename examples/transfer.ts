/** A network that knows the digits 0 to 4 learns 5 to 9 from 20 examples each; another learns them from scratch. */

import { Adam, Conv2D, Dense, Flatten, MaxPooling2D, Model, Sequential } from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

const example = await kit.openExample();
const { train, test } = await kit.loadDigits(example);
const [known, other] = [[0, 1, 2, 3, 4] as const, [5, 6, 7, 8, 9] as const];
const names = other.map(String);
const many = kit.ofClasses(train, known);
const few = kit.ofClasses(train, other, 20);
const unseen = kit.ofClasses(test, other);

/** From digits [N, 28, 28, 1] to five logits each. */
const network = () =>
  new Sequential([
    new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 32, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten({ name: "features" }),
    new Dense({ units: 5 }),
  ]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });
const compiled = () => ({ optimizer: new Adam(), loss: "softmaxCrossEntropy", metrics: ["accuracy"] }) as const;

console.log(`0 to 4, from ${many.labels.length.toLocaleString("en")} digits`);
const base = network().compile(compiled());
await kit.learn(example, base, many, { epochs: example.budget(3, 2), batchSize: 64 });

// The same convolutions, frozen, with a new last layer. Both models share the layers.
for (const layer of base.layers) layer.trainable = false;
const head = new Dense({ units: 5 }).apply(base.outputOf("features"));
const transferred = new Model({ inputs: base.inputs, outputs: head }).build(example.backend, { seed: example.seed });
const scratch = network();

// Some of the unseen digits show how far each one is after each epoch. They decide nothing.
const options = { epochs: 40, batchSize: 20, validationData: kit.first(unseen, example.budget(1000, 200)) };
console.log(`5 to 9, from ${few.labels.length} digits, with what it knows`);
const transferCurves = await kit.learn(example, transferred.compile(compiled()), few, options);
console.log(`5 to 9, from ${few.labels.length} digits, from scratch`);
const scratchCurves = await kit.learn(example, scratch.compile(compiled()), few, options);

const tested = await kit.testClassifier(example, transferred, unseen, names, "transferred");
const control = await kit.testClassifier(example, scratch, unseen, names, "from scratch");
kit.printConfusion(tested);

const curves = new kit.Curves();
curves.copy(transferCurves, "validation accuracy", "transferred");
curves.copy(scratchCurves, "validation accuracy", "from scratch");
const examples = Array.from({ length: 40 }, (_, n) => ({ image: kit.pictureAt(few, n) }));
const picture = kit.drawExample(
  `5 to 9 from 20 examples each: ${kit.percent(tested.accuracy)}`,
  `With frozen convolutions that learned 0 to 4. From scratch, the same network reads ${kit.percent(control.accuracy)}`,
  [
    kit.curveCharts(curves, [
      { title: "Accuracy on unseen digits, by step", axis: "share", lines: ["transferred", "from scratch"] },
    ]),
    kit.gallerySection("40 of the 100 examples", examples, { columns: 20, scale: 1 }),
    kit.confusionMap(tested),
  ],
);
await example.save("transfer.png", picture);
for (const model of [transferred, base, scratch]) model.dispose();
example.close();
