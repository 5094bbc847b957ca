import type { Backend } from "webgpu-cnn";
import {
  Adagrad,
  Adam,
  AdamW,
  cosineDecay,
  exponentialDecay,
  loadModel,
  type Model,
  type Optimizer,
  piecewiseConstant,
  RMSprop,
  type Schedule,
  SGD,
} from "webgpu-cnn/nn";
import { FORMAT } from "../../../src/nn/files/format.js";
import {
  type OptimizerOfCase,
  type Rate,
  startingValues,
  type TrainingCase,
  type TrainingResult,
} from "./trainingCase.js";

/** Carries out a training. */
export async function train(backend: Backend, training: TrainingCase): Promise<TrainingResult> {
  const { loss, lossWeights, optimizer, batchSize, steps, examples } = training;
  const { inputs, targets, sampleWeight, weights } = startingValues(training);
  const model = await modelOf(backend, training, weights);
  try {
    model.compile({ optimizer: optimizerOf(optimizer), loss, lossWeights });
    const losses: number[] = [];
    const epochs = Math.ceil(steps / Math.ceil(examples / batchSize));
    const dataset = { inputs, targets, ...(sampleWeight && { sampleWeight }) };
    for await (const report of model.fit(dataset, { epochs, batchSize, shuffle: false })) {
      losses.push(report.loss);
      if (losses.length === steps) break;
    }
    const read = [...model.weights].map(async ([name, variable]) => [name, [...(await variable.read())]] as const);
    return { losses, weights: Object.fromEntries(await Promise.all(read)) };
  } finally {
    model.dispose();
  }
}

function modelOf(
  backend: Backend,
  { architecture }: TrainingCase,
  tensors: ReturnType<typeof startingValues>["weights"],
): Promise<Model> {
  return loadModel({ tensors, metadata: { format: FORMAT, architecture: JSON.stringify(architecture) } }, backend);
}

function optimizerOf({ name, learningRate, options }: OptimizerOfCase): Optimizer {
  const classes = { SGD, Adam, AdamW, RMSprop, Adagrad };
  return new classes[name]({ learningRate: rateOf(learningRate), ...options });
}

function rateOf(rate: Rate): number | Schedule {
  if (typeof rate === "number") return rate;
  switch (rate.schedule) {
    case "cosineDecay": {
      const { initial, decaySteps, alpha, warmupSteps } = rate;
      return cosineDecay(initial, decaySteps, { alpha, warmupSteps });
    }
    case "exponentialDecay": {
      const { initial, decaySteps, decayRate, staircase } = rate;
      return exponentialDecay(initial, { decaySteps, decayRate, staircase });
    }
    case "piecewiseConstant":
      return piecewiseConstant(rate.boundaries, rate.values);
  }
}
