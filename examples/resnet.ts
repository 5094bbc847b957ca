/** A ResNet of 20 layers with batch normalization, and the same layers without its shortcuts. */

import * as nn from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

const example = await kit.openExample();
const { train, test, classes } = await kit.loadFashion(example);
const epochs = example.budget(2, 1);
const batchSize = 64;
const steps = epochs * Math.ceil(train.labels.length / batchSize);

/** A convolution without a bias, since the batch normalization after it has one. */
const convolution = (filters: number, kernelSize: number, strides = 1) => [
  new nn.Conv2D({ filters, kernelSize, strides, padding: "same", useBias: false, kernelInitializer: "heNormal" }),
  new nn.BatchNormalization({ momentum: 0.9 }),
];
const relu = () => new nn.Activation("relu");

/** Two convolutions. With a shortcut, they learn what to add to their input. */
function block(filters: number, strides: number, shortcuts: boolean): nn.Layer[] {
  const layers = [...convolution(filters, 3, strides), relu(), ...convolution(filters, 3)];
  if (!shortcuts) return [...layers, relu()];
  return [new nn.Residual({ layers, shortcut: strides > 1 ? convolution(filters, 1, strides) : [] })];
}

/** He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016), section 4.2, with half of the filters. */
function network(shortcuts: boolean): nn.Sequential {
  const stages = [8, 16, 32].flatMap((filters, stage) =>
    [0, 1, 2].flatMap((i) => block(filters, stage > 0 && i === 0 ? 2 : 1, shortcuts)),
  );
  const model = new nn.Sequential([
    ...[...convolution(8, 3, 2), relu(), ...stages],
    new nn.GlobalAveragePooling2D(),
    new nn.Dense({ units: classes.length }),
  ]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });
  // The rate rises for a tenth of the steps, then falls to zero along half a cosine.
  const warmupSteps = Math.floor(steps / 10);
  const learningRate = nn.cosineDecay(0.1, steps - warmupSteps, { warmupSteps });
  const optimizer = new nn.SGD({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 1e-4 });
  return model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}

const losses = new kit.Curves();
/** Trains one of the networks, and tests it. */
async function run(name: string, shortcuts: boolean): Promise<kit.Tested> {
  console.log(`\n${name}\n`);
  const model = network(shortcuts);
  const curves = await kit.learn(example, model, train, { epochs, batchSize, augment: { flip: true } });
  losses.copy(curves, "loss", name);
  const tested = await kit.testClassifier(example, model, test, classes);
  model.dispose();
  return tested;
}
const plain = await run("without shortcuts", false);
const residual = await run("with shortcuts", true);

const count = train.labels.length.toLocaleString("en");
const picture = kit.drawExample(
  `Clothes: ${kit.percent(residual.accuracy)} with shortcuts`,
  `Without them, ${kit.percent(plain.accuracy)}. Both have 20 layers, and learned from ${count} pictures, ${epochs} times`,
  [
    kit.curveCharts(losses, [{ title: "Loss", axis: "loss", lines: ["with shortcuts", "without shortcuts"] }]),
    kit.confusionMap(residual),
  ],
);
await example.save("resnet.png", picture);
example.close();
