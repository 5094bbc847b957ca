import type { LossWithOptions } from "webgpu-cnn/nn";
import { RandomNumbers } from "../../../src/core/random.js";
import { elementsOf } from "../../../src/core/shape.js";

/** What the targets of an output are: `shape` is that of one example. */
export type Targets =
  | { readonly kind: "classes"; readonly shape: readonly number[]; readonly classes: number }
  | { readonly kind: "probabilities" | "bits" | "values"; readonly shape: readonly number[] };

/** The learning rate of every step: a number, or a schedule of this library with its arguments. */
export type Rate =
  | number
  | {
      readonly schedule: "cosineDecay";
      readonly initial: number;
      readonly decaySteps: number;
      readonly alpha: number;
      readonly warmupSteps: number;
    }
  | {
      readonly schedule: "exponentialDecay";
      readonly initial: number;
      readonly decaySteps: number;
      readonly decayRate: number;
      readonly staircase: boolean;
    }
  | {
      readonly schedule: "piecewiseConstant";
      readonly boundaries: readonly number[];
      readonly values: readonly number[];
    };

/** An optimizer: its class, and the options that it is made with. */
export interface OptimizerOfCase {
  readonly name: "SGD" | "Adam" | "AdamW" | "RMSprop" | "Adagrad";
  readonly learningRate: Rate;
  readonly options: Readonly<Record<string, number | boolean>>;
}

/**
 * A training of a small network. It is plain JSON: all numbers that a training starts with follow from the seed.
 */
export interface TrainingCase {
  readonly name: string;
  /** The form of the network, such as "residual". */
  readonly kind: string;
  readonly seed: number;
  /** The metadata "architecture" of `model.save()`, parsed. */
  readonly architecture: unknown;
  /** The shapes of one example by the names of the inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** By the names of the outputs. */
  readonly targets: Readonly<Record<string, Targets>>;
  readonly loss: Readonly<Record<string, LossWithOptions>>;
  readonly lossWeights: Readonly<Record<string, number>>;
  readonly optimizer: OptimizerOfCase;
  readonly examples: number;
  readonly batchSize: number;
  readonly steps: number;
  /** Whether the examples have weights. */
  readonly weighted: boolean;
  /** The shapes of all weights by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** What a training comes to. */
export interface TrainingResult {
  /** The loss of each step, before the weights change. */
  readonly losses: readonly number[];
  /**
   * All weights after the last step. Null where the true gradient is zero, and for moving means that follow such a weight:
   * rounding alone decides these numbers.
   */
  readonly weights: Readonly<Record<string, readonly (number | null)[]>>;
}

/** A case with what PyTorch makes of it in float64. */
export interface KnownTraining {
  readonly training: TrainingCase;
  readonly expected: TrainingResult;
}

/** Numbers with their shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** The numbers that a training starts with. */
export interface StartingValues {
  readonly weights: Readonly<Record<string, Values>>;
  readonly inputs: Readonly<Record<string, Values>>;
  readonly targets: Readonly<Record<string, Values>>;
  readonly sampleWeight: Float32Array<ArrayBuffer> | undefined;
}

/** The numbers that a training starts with, from its seed. No weight has the value that initializers give it. */
export function startingValues(training: TrainingCase): StartingValues {
  const { seed, examples, inputs, targets, weights, weighted } = training;
  let stream = 0;
  const each = <Described>(
    described: Readonly<Record<string, Described>>,
    draw: (random: RandomNumbers, described: Described, name: string) => Values,
  ) =>
    Object.fromEntries(
      Object.entries(described).map(([name, one]) => [name, draw(new RandomNumbers(seed, stream++), one, name)]),
    );
  return {
    inputs: each(inputs, (random, shape) => filled([examples, ...shape], () => random.normal())),
    targets: each(targets, (random, wanted) => targetValues(random, wanted, examples)),
    sampleWeight: weighted ? sampleWeights(new RandomNumbers(seed, stream++), examples) : undefined,
    weights: each(weights, (random, shape, name) => filled(shape, weightDraw(random, shape, name))),
  };
}

function sampleWeights(random: RandomNumbers, examples: number): Float32Array<ArrayBuffer> {
  return filled([examples], () => 0.5 + random.uniform()).data;
}

function targetValues(random: RandomNumbers, wanted: Targets, examples: number): Values {
  const shape = [examples, ...wanted.shape];
  switch (wanted.kind) {
    case "classes":
      return filled(shape, () => random.integer(wanted.classes));
    case "bits":
      return filled(shape, () => random.integer(2));
    case "values":
      return filled(shape, () => random.normal());
    case "probabilities": {
      const { data } = filled(shape, () => 0.1 + random.uniform());
      const classes = shape.at(-1) ?? 1;
      return {
        shape,
        data: data.map((share, i) => {
          const first = i - (i % classes);
          return share / data.subarray(first, first + classes).reduce((a, b) => a + b);
        }),
      };
    }
  }
}

/** How a weight's first values are drawn. Outputs stay near unit variance, and none is special. */
function weightDraw(random: RandomNumbers, shape: readonly number[], name: string): () => number {
  const leaf = name.slice(name.lastIndexOf(".") + 1);
  switch (leaf) {
    case "gamma":
      return () => 1 + 0.2 * random.normal();
    case "bias":
    case "beta":
    case "movingMean":
      return () => 0.2 * random.normal();
    case "movingVariance":
      return () => 0.5 + random.uniform();
    default: {
      const scale = 1 / Math.sqrt(elementsOf(shape.slice(0, -1)));
      return () => scale * random.normal();
    }
  }
}

function filled(shape: readonly number[], draw: () => number): Values {
  return { shape, data: Float32Array.from({ length: elementsOf(shape) }, draw) };
}
