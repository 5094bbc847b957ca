import type { LossName, LossWithOptions } from "webgpu-cnn/nn";
import type { OptimizerOfCase, Rate, Targets } from "../../../test/support/pytorch/trainingCase.js";
import type { Draw } from "./draw.js";

/** A loss, and targets for it. */
export interface Goal {
  readonly loss: LossWithOptions;
  readonly targets: Targets;
}

/** @param shape that of one example of the output */
export function goal(draw: Draw, name: LossName, shape: readonly number[]): Goal {
  const classes = shape.at(-1) ?? 1;
  switch (name) {
    case "softmaxCrossEntropy":
      return {
        loss: { name, ...(draw.chance(0.5) && { labelSmoothing: 0.1 }) },
        targets: draw.chance(0.6)
          ? { kind: "classes", shape: shape.slice(0, -1), classes }
          : { kind: "probabilities", shape },
      };
    case "binaryCrossEntropy":
      return { loss: { name }, targets: { kind: draw.pick(["bits", "probabilities"]), shape } };
    case "dice":
      return { loss: { name }, targets: { kind: "bits", shape } };
    case "huber":
      return { loss: { name, ...(draw.chance(0.5) && { delta: 0.5 }) }, targets: { kind: "values", shape } };
    case "meanSquaredError":
    case "meanAbsoluteError":
      return { loss: { name }, targets: { kind: "values", shape } };
  }
}

/** Options that are given or left out. The rates are small enough that float32 does not lead elsewhere than float64. */
export function optimizer(draw: Draw): OptimizerOfCase {
  const name = draw.pick(["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"] as const);
  const maybe = (options: Readonly<Record<string, number | boolean>>) =>
    Object.fromEntries(draw.some(Object.entries(options), 0.5));
  const clipped = draw.chance(0.3) ? { clipNorm: draw.pick([0.1, 1]) } : {};
  switch (name) {
    case "SGD": {
      const momentum = draw.pick([0, 0.5, 0.9]);
      const own = momentum === 0 ? {} : { momentum, nesterov: draw.chance(0.5) };
      return {
        name,
        learningRate: rate(draw, [0.005 * (1 - momentum), 0.01 * (1 - momentum)]),
        options: { ...own, ...maybe({ weightDecay: 0.1 }), ...clipped },
      };
    }
    case "Adam":
    case "AdamW":
      return {
        name,
        learningRate: rate(draw, [0.002, 0.005]),
        options: { ...maybe({ beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 }), ...clipped },
      };
    case "RMSprop":
      return {
        name,
        learningRate: rate(draw, [0.001, 0.003]),
        options: {
          ...maybe({ rho: 0.8, momentum: 0.5, epsilon: 1e-3, centered: true, weightDecay: 0.01 }),
          ...clipped,
        },
      };
    case "Adagrad":
      return {
        name,
        learningRate: rate(draw, [0.01, 0.03]),
        options: { ...maybe({ initialAccumulatorValue: 0.01, epsilon: 1e-3, weightDecay: 0.01 }), ...clipped },
      };
  }
}

function rate(draw: Draw, rates: readonly number[]): Rate {
  const initial = draw.pick(rates);
  if (draw.chance(0.6)) return initial;
  return draw.pick<Rate>([
    { schedule: "cosineDecay", initial, decaySteps: 15, alpha: 0.1, warmupSteps: draw.pick([0, 3]) },
    { schedule: "exponentialDecay", initial, decaySteps: 6, decayRate: 0.5, staircase: draw.chance(0.5) },
    { schedule: "piecewiseConstant", boundaries: [5, 12], values: [initial, initial / 3, 2 * initial] },
  ]);
}
