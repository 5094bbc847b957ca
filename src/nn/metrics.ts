import { didYouMean, OptionError, show } from "../core/errors.js";
import { existing, numbered, sum } from "../core/objects.js";
import { OptionReader } from "../core/options.js";
import { isRefusedPromise } from "../core/promises.js";
import { reshape, Tensor } from "../core/tensor.js";
import { meanAbsoluteError } from "../ops/loss/meanAbsoluteError.js";
import { argMax } from "../ops/reduce/argMax.js";
import { reduceMax } from "../ops/reduce/reduceMax.js";
import { reduceMean } from "../ops/reduce/reduceMean.js";
import type { LossName } from "./losses.js";
import { SYNONYMS } from "./synonyms.js";

export const METRICS = ["accuracy", "topK", "meanAbsoluteError"] as const;

/** The name of a metric; see {@link Metric}. */
export type MetricName = (typeof METRICS)[number];

/**
 * Computes a metric of your own: a mean over the batch. Reports give it the name of the function.
 *
 * @param output float32 [N, …], the output of the model
 * @param target float32, the labels of the batch: [N], or the shape of the output
 * @returns a scalar, or values whose mean is taken
 *
 * @example
 * ```ts
 * const meanError: MetricFunction = (output, target) => sub(output, target);
 * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ loss: "meanSquaredError", metrics: [meanError] });
 * const test = { images: [[1], [2]], labels: [[4], [4]] };
 * await model.evaluate(test); // { loss: 6.5, metrics: { meanError: -2.5 } }
 * ```
 */
export type MetricFunction = (output: Tensor, target: Tensor) => Tensor;

/** The share of examples whose label is among the k largest outputs. */
export interface TopK {
  /** "topK". Required. */
  readonly name: "topK";
  /** How many of the largest outputs count, at least 1. 5 if left out. */
  readonly k?: number | undefined;
}

/**
 * A number that reports give besides the loss. It does not change the training.
 *
 * - "accuracy": the share of right predictions, from 0 to 1. A prediction is the class with the largest output. If the
 *   output has one number, or the loss is "binaryCrossEntropy", the prediction is yes or no: whether the output is
 *   above ½, or above 0 for logits. NaN is never right.
 * - "topK": the share of examples whose class is among the 5 largest outputs; see {@link TopK}.
 * - "meanAbsoluteError": the mean distance of outputs and labels.
 *
 * In reports, the second metric of a name gets "_1".
 */
export type Metric = MetricName | TopK | MetricFunction;

/** The host's part of a batch. */
export interface Compared {
  /** What `compute` gave, read back. */
  readonly read: readonly Float32Array[];
  readonly target: Float32Array;
  /** The last extent of the output. */
  readonly classes: number;
}

/** A metric that was read. */
export interface ReadMetric {
  readonly name: string;
  /** Whether larger values are better. Undefined for a function. */
  readonly larger: boolean | undefined;
  /** The metric as data, as `readMetrics` reads it. Undefined for a function. */
  readonly data: MetricName | { readonly name: MetricName; readonly k: number } | undefined;
  /** The device's part. */
  compute(output: Tensor, target: Tensor): readonly Tensor[];
  /** The mean over a batch. */
  mean(compared: Compared): number;
}

/** @param loss of the same output, for "accuracy" @throws OptionError */
export function readMetrics(operator: string, metrics: unknown, loss: LossName | undefined): readonly ReadMetric[] {
  if (metrics === undefined) return [];
  if (typeof metrics === "string" || typeof metrics === "function") return [readMetric(operator, metrics, 0, loss)];
  if (!Array.isArray(metrics)) {
    throw new OptionError(`${operator}: metrics is ${show(metrics)}, expected a list such as ["accuracy"]`);
  }
  const list: readonly unknown[] = metrics;
  const read = list.map((metric, i) => readMetric(operator, metric, i, loss));
  const names = numbered(read.map(({ name }) => name));
  return read.map((metric, i) => ({ ...metric, name: existing(names[i]) }));
}

function readMetric(operator: string, metric: unknown, index: number, loss: LossName | undefined): ReadMetric {
  if (isFunction(metric)) return ownMetric(operator, metric, metric.name || `metric${index}`);
  if (typeof metric === "object" && metric !== null && "name" in metric && metric.name === "topK") {
    const reader = new OptionReader(operator, metric, ["name", "k"], `metrics[${index}]`);
    return topK(reader.integer("k", 1, 5));
  }
  if (metric === "accuracy") return accuracy(loss === "binaryCrossEntropy");
  if (metric === "topK") return topK(5);
  if (metric === "meanAbsoluteError") return absoluteError();
  throw new OptionError(
    `${operator}: metrics[${index}] is ${show(metric)}, expected ${METRICS.map(show).join(" or ")}, or a function${didYouMean(metric, METRICS, SYNONYMS)}`,
  );
}

function accuracy(logits: boolean): ReadMetric {
  const isBinary = (classes: number) => logits || classes === 1;
  return {
    name: "accuracy",
    larger: true,
    data: "accuracy",
    // The largest output tells whether there is a NaN.
    compute: (output) =>
      isBinary(output.shape.at(-1) ?? 1) ? [output] : [argMax(output, { axis: -1 }), reduceMax(output, { axes: [-1] })],
    mean({ read: [predicted = new Float32Array(), largest], target, classes }) {
      if (largest) {
        return shareOf(predicted.length, (i) => {
          return !Number.isNaN(largest[i]) && predicted[i] === classAt(target, i, predicted.length, classes);
        });
      }
      const threshold = logits ? 0 : 0.5;
      return shareOf(predicted.length, (i) => {
        const value = existing(predicted[i]);
        return !Number.isNaN(value) && value > threshold === existing(target[i]) > 0.5;
      });
    },
  };
}

function topK(k: number): ReadMetric {
  return {
    name: "topK",
    larger: true,
    data: { name: "topK", k },
    compute: (output) => [output],
    mean({ read: [output = new Float32Array()], target, classes }) {
      const rows = output.length / classes;
      return shareOf(rows, (row) => {
        const values = output.subarray(row * classes, (row + 1) * classes);
        const own = values[classAt(target, row, rows, classes)] ?? Number.NaN;
        // Comparisons with NaN are false, so a NaN counts as larger.
        return !Number.isNaN(own) && values.filter((value) => !(value <= own)).length < k;
      });
    },
  };
}

function absoluteError(): ReadMetric {
  return {
    name: "meanAbsoluteError",
    larger: false,
    data: "meanAbsoluteError",
    compute: (output, target) => [meanAbsoluteError(output, reshape(target, output.shape))],
    mean: ({ read: [error] }) => error?.[0] ?? Number.NaN,
  };
}

function ownMetric(operator: string, metric: MetricFunction, name: string): ReadMetric {
  return {
    name,
    larger: undefined,
    data: undefined,
    compute(output, target) {
      const value: unknown = metric(output, target);
      if (!(value instanceof Tensor)) {
        const advice = isRefusedPromise(value) ? "; it is not async, and reads no values" : "";
        throw new OptionError(`${operator}: the metric ${name} gave ${show(value)}, expected a tensor${advice}`);
      }
      return [value.size === 1 ? value : reduceMean(value)];
    },
    mean: ({ read: [value] }) => value?.[0] ?? Number.NaN,
  };
}

/** The class of a row: the number that the labels hold, or the largest of the row's probabilities. */
function classAt(target: Float32Array, row: number, rows: number, classes: number): number {
  if (target.length === rows) return existing(target[row]);
  const values = target.subarray(row * classes, (row + 1) * classes);
  return values.indexOf(Math.max(...values));
}

function shareOf(count: number, isRight: (i: number) => boolean): number {
  return sum(Array.from({ length: count }, (_, i) => (isRight(i) ? 1 : 0))) / count;
}

function isFunction(value: unknown): value is MetricFunction {
  return typeof value === "function";
}
