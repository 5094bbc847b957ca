import type { Backend } from "webgpu-cnn";
import { type GraphTensors, type Layer, type Model, Sequential } from "webgpu-cnn/nn";
import { existing } from "../../../src/core/objects.js";
import type { TrainingCase } from "../../../test/support/pytorch/trainingCase.js";
import { Draw } from "./draw.js";
import { KINDS, type Network, network } from "./networks.js";
import { Sketch } from "./sketch.js";
import { type Goal, goal, optimizer } from "./training.js";

/** The steps of a training. */
const STEPS = 20;

/** Draws a training: the i-th of a seed. @param backend where the network is built, to learn its shapes */
export async function drawCase(backend: Backend, seed: number, i: number): Promise<TrainingCase> {
  const draw = new Draw(seed, i);
  const kind = existing(KINDS[i % KINDS.length]);
  const sketch = new Sketch(backend, draw);
  const drawn = network(sketch, kind);
  const { model } = drawn;
  build(backend, drawn);
  try {
    const frozen = draw.chance(0.35) ? freezeSome(draw, model) : false;
    const goals = Object.fromEntries(
      model.outputNames.map(
        (name, j) => [name, goal(draw, existing(sketch.losses[j]), existing(drawn.outputs[j]))] as const,
      ),
    );
    const each = <Value>(value: (goal: Goal) => Value) =>
      Object.fromEntries(Object.entries(goals).map(([name, one]) => [name, value(one)]));
    const { metadata } = await model.save();
    const batchSize = draw.integer(4, 6);
    return {
      name: `${seed}.${i} ${kind}${frozen ? ", frozen in part" : ""}`,
      kind,
      seed: 1000 * seed + i,
      architecture: JSON.parse(existing(metadata["architecture"])),
      inputs: Object.fromEntries(model.inputNames.map((name, j) => [name, existing(drawn.inputs[j])])),
      targets: each(({ targets }) => targets),
      loss: each(({ loss }) => loss),
      lossWeights: model.outputNames.length > 1 ? { [existing(model.outputNames[0])]: 0.5 } : {},
      optimizer: optimizer(draw),
      // The last batch of an epoch may be smaller.
      examples: 4 * batchSize - draw.integer(0, 1),
      ...{ batchSize, steps: STEPS },
      weighted: !sketch.losses.includes("dice") && draw.chance(0.25),
      weights: Object.fromEntries([...model.weights].map(([name, { shape }]) => [name, shape])),
    };
  } finally {
    model.dispose();
  }
}

function build(backend: Backend, { model, inputs }: Network): void {
  if (model instanceof Sequential) model.build(backend, { inputShape: existing(inputs[0]) });
  else model.build(backend);
}

/** Freezes some layers, also inside others, and leaves some. @returns whether it did */
function freezeSome(draw: Draw, model: Model<GraphTensors>): boolean {
  const all: Layer[] = [];
  const collect = (layer: Layer) => {
    for (const part of layer.parts) {
      if (!all.includes(part)) all.push(part);
      collect(part);
    }
  };
  collect(model);
  for (const layer of draw.some(all, 0.4)) layer.trainable = false;
  if (model.trainableWeights.size === 0) for (const layer of all) layer.trainable = true;
  return all.some(({ trainable }) => !trainable);
}
