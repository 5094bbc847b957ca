import type { OptimizerOfCase, TrainingCase } from "./trainingCase.js";

/** The options of layers whose values lead to other code. */
const TELLING = new Set(["activation", "interpolation", "padding", "keepDims"]);

/** The layers whose "same" differs between frameworks, or from other layers. */
const SAME = new Set(["Conv2D", "Conv2DTranspose", "AveragePooling2D", "MaxPooling2D"]);

/** The options of optimizers. Given or left out, they are different cases. */
const OPTIMIZER_OPTIONS: Readonly<Record<OptimizerOfCase["name"], readonly string[]>> = {
  SGD: ["momentum", "nesterov", "weightDecay", "clipNorm"],
  Adam: ["beta1", "beta2", "epsilon", "weightDecay"],
  AdamW: ["beta1", "beta2", "epsilon", "weightDecay"],
  RMSprop: ["rho", "momentum", "epsilon", "centered", "weightDecay"],
  Adagrad: ["initialAccumulatorValue", "epsilon", "weightDecay"],
};

/** What is in a training, as words: layers, activations, losses, the optimizer with its options, schedules, kinds of targets. */
export function coverageOf({
  kind,
  architecture,
  loss,
  targets,
  optimizer,
  weighted,
}: TrainingCase): readonly string[] {
  const found = new Set<string>([`network ${kind}`, ...(weighted ? ["sample weights"] : [])]);
  visitLayers(architecture, "", found);
  for (const { name, ...options } of Object.values(loss)) {
    found.add(`loss ${name}`);
    if (name === "huber" || name === "softmaxCrossEntropy") found.add(`loss ${name} ${Object.keys(options)}`);
  }
  for (const each of Object.values(targets)) found.add(`targets ${each.kind}`);
  const { name, learningRate, options } = optimizer;
  found.add(`optimizer ${name}`);
  for (const option of OPTIMIZER_OPTIONS[name]) found.add(`optimizer ${name} ${option} ${Boolean(options[option])}`);
  if (typeof learningRate !== "number") found.add(`schedule ${learningRate.schedule}`);
  return [...found];
}

function visitLayers(value: unknown, name: string, found: Set<string>): void {
  if (typeof value === "string" && (name === "class" || TELLING.has(name))) found.add(`${name} ${value}`);
  if (typeof value === "boolean" && (name === "trainable" || TELLING.has(name))) found.add(`${name} ${value}`);
  if (typeof value !== "object" || value === null) return;
  if ("class" in value && typeof value.class === "string") {
    const isFrozen = "trainable" in value && value.trainable === false;
    if (isFrozen && value.class === "BatchNormalization") found.add("frozen BatchNormalization");
    if (SAME.has(value.class) && JSON.stringify(value).includes('"same"')) found.add(`same ${value.class}`);
  }
  for (const [key, inside] of Object.entries(value)) visitLayers(inside, key, found);
}
