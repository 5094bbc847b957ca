/** A GAN draws digits: a generator learns to make pictures that a critic takes for real ones, in a loop of our own. */

import { add, binaryCrossEntropy, type Tensor, valueAndGradients } from "webgpu-cnn";
import { batches } from "webgpu-cnn/io";
import * as nn from "webgpu-cnn/nn";
import * as kit from "./kit/index.js";

const example = await kit.openExample();
const { backend, seed } = example;
const digits = await kit.loadDigits(example);
const reader = await kit.trainDigitReader(example, digits); // takes no part in the game: it judges at the end
const [epochs, batchSize, noiseSize] = [example.budget(4, 2), 32, 32];

const generator = new nn.Sequential([
  new nn.Dense({ units: 7 * 7 * 32, activation: "leakyRelu" }),
  new nn.Reshape({ targetShape: [7, 7, 32] }),
  new nn.BatchNormalization(),
  new nn.Conv2DTranspose({ filters: 16, kernelSize: 4, strides: 2, padding: "same", activation: "leakyRelu" }),
  new nn.BatchNormalization(),
  new nn.Conv2DTranspose({ filters: 1, kernelSize: 4, strides: 2, padding: "same", activation: "sigmoid" }),
]).build(backend, { inputShape: [noiseSize], seed });
const half = { kernelSize: 5, strides: 2, padding: "same", activation: "leakyRelu" } as const;
const critic = new nn.Sequential([
  ...[new nn.Conv2D({ filters: 16, ...half }), new nn.Dropout({ rate: 0.3 })],
  ...[new nn.Conv2D({ filters: 32, ...half }), new nn.Dropout({ rate: 0.3 })],
  ...[new nn.Flatten(), new nn.Dense({ units: 1 })], // a logit: positive means real
]).build(backend, { inputShape: [28, 28, 1], seed: seed + 1 });

/** Makes a step: it lowers a loss by changing the weights of one model, with an optimizer of its own. */
function stepOf(model: nn.Model): (loss: () => Tensor) => Tensor {
  const optimizer = new nn.Adam({ learningRate: 1e-3, beta1: 0.5 });
  optimizer.build(backend, model.trainableWeights);
  return (loss) => {
    const weights = [...model.trainableWeights].map(([name, { value }]) => [name, value] as const);
    const { value, gradients } = valueAndGradients(loss, Object.fromEntries(weights));
    optimizer.apply(new Map(Object.entries(gradients)));
    return value;
  };
}
const [stepOfCritic, stepOfGenerator] = [stepOf(critic), stepOf(generator)];

/** The critic learns to tell real pictures from made ones, then the generator learns to make it say "real". */
function play({ noise, real, step }: { noise: Tensor; real: Tensor; step: Tensor }) {
  const made = () => generator.call(noise, { training: true, step });
  const says = (pictures: Tensor, target: number) => {
    const logits = critic.call(pictures, { training: true, step });
    return binaryCrossEntropy(logits, backend.full(logits.shape, target));
  };
  const criticLoss = stepOfCritic(() => add(says(real, 0.9), says(made(), 0)));
  return { criticLoss, generatorLoss: stepOfGenerator(() => says(made(), 1)) };
}
const like = () => ({ noise: backend.zeros([batchSize, noiseSize]), real: backend.zeros([batchSize, 28, 28, 1]) });
const recorded = backend.tidy(() => backend.record(play, { ...like(), step: backend.zeros([]) }));

const normal = kit.normalNumbers(kit.mulberry32(seed));
const draw = (count: number) => Float32Array.from({ length: count * noiseSize }, normal);
const make = (images: Float32Array) => generator.predictAll({ images, shape: [images.length / noiseSize, noiseSize] });
const [always, steps] = [draw(12), Math.floor(digits.train.labels.length / batchSize)];
const loop = new kit.OwnLoop({ epochs, steps, batchSize });
const sections: kit.Section[] = [];
for (let epoch = 0; epoch < epochs && !example.stopped; epoch++) {
  for (const { index, x } of batches(digits.train, { batchSize, seed, epoch, dropLast: true })) {
    const step = epoch * steps + index;
    const { criticLoss, generatorLoss } = recorded.run({ noise: draw(batchSize), real: x, step: [step] });
    if (index % 10 === 0) await loop.report(step + 1, { critic: criticLoss, generator: generatorLoss });
    if (example.stopped) break;
  }
  sections.push(kit.sheetSection(`Epoch ${epoch + 1}`, await make(always), { columns: 12, scale: 2 }));
}
loop.end();

const { data: images, shape } = await make(draw(1000));
const sure = await reader.read("made digits", { images, shape });
await reader.read("real digits", digits.test);
sections.push(kit.curveCharts(loop.curves, [{ title: "Losses", axis: "loss", lines: ["critic", "generator"] }]));
const title = `A classifier is sure of ${kit.percent(sure)} of these digits`;
const picture = kit.drawExample(title, "Made by a GAN: each column from the same noise, after each epoch", sections);
await example.save("gan.png", picture);
example.close();
