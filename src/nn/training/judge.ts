import { existing } from "../../core/objects.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { reduceMean } from "../../ops/reduce/reduceMean.js";
import type { Judged } from "../compile.js";

/** Loss and metrics of some examples. */
export interface Judgement {
  /** The mean loss of the examples. With several outputs, the sum of their losses, each times its factor. */
  readonly loss: number;
  /** The metrics by name, such as "accuracy". With several outputs, by names such as "digit.accuracy". */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The names of all metrics. With several outputs, they begin with the output's name and a dot. */
export function metricNames(outputs: readonly Judged[]): readonly string[] {
  return outputs.flatMap(({ output, metrics }) =>
    metrics.map(({ name }) => (outputs.length > 1 ? `${output}.${name}` : name)),
  );
}

/** The loss of a batch: the sum over the outputs. @param weights [N], or undefined */
export function lossOf(
  judged: readonly Judged[],
  outputs: readonly Tensor[],
  targets: readonly Tensor[],
  weights: Tensor | undefined,
): Tensor {
  const losses = judged.map(({ loss, lossWeight }, i) => {
    const [output, target] = [existing(outputs[i]), existing(targets[i])];
    const mean = weights ? reduceMean(mul(loss.perExample(output, target), weights)) : loss.mean(output, target);
    return lossWeight === 1 ? mean : mul(mean, mean.backend.full([], lossWeight));
  });
  return losses.reduce((total, loss) => add(total, loss));
}

/** The device's part of all metrics, by names for a recorded step. */
export function metricTensors(
  judged: readonly Judged[],
  outputs: readonly Tensor[],
  targets: readonly Tensor[],
): Readonly<Record<string, Tensor>> {
  const named = judged.flatMap(({ metrics }, i) =>
    metrics.flatMap((metric, j) =>
      metric
        .compute(existing(outputs[i]), existing(targets[i]))
        .map((tensor, k) => [partName(i, j, k), tensor] as const),
    ),
  );
  return Object.fromEntries(named);
}

/** The metrics of a batch, from what the device computed. */
export function metricsOf(
  judged: readonly Judged[],
  read: ReadonlyMap<string, Float32Array>,
  targets: readonly Float32Array[],
  outputShapes: readonly Shape[],
): Readonly<Record<string, number>> {
  const names = metricNames(judged);
  const values = judged.flatMap(({ metrics }, i) =>
    metrics.map((metric, j) => {
      const parts: Float32Array[] = [];
      for (let k = 0; read.has(partName(i, j, k)); k++) parts.push(existing(read.get(partName(i, j, k))));
      return metric.mean({
        read: parts,
        target: existing(targets[i]),
        classes: existing(outputShapes[i]).at(-1) ?? 1,
      });
    }),
  );
  return Object.fromEntries(names.map((name, i) => [name, existing(values[i])]));
}

function partName(output: number, metric: number, part: number): string {
  return `metric ${output} ${metric} ${part}`;
}

/** Means over examples, batch by batch. Plain numbers, so a checkpoint can hold them. */
export interface Sums {
  examples: number;
  loss: number;
  metrics: Record<string, number>;
}

export function emptySums(): Sums {
  return { examples: 0, loss: 0, metrics: {} };
}

export function addTo(sums: Sums, { loss, metrics }: Judgement, examples: number): void {
  sums.examples += examples;
  sums.loss += loss * examples;
  for (const [name, value] of Object.entries(metrics)) {
    sums.metrics[name] = (sums.metrics[name] ?? 0) + value * examples;
  }
}

export function meanOf({ examples, loss, metrics }: Sums): Judgement {
  const mean = (total: number) => total / examples;
  return {
    loss: mean(loss),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, total]) => [name, mean(total)])),
  };
}

/** The mean of judgements that count alike. */
export function meanOfAll(judgements: readonly Judgement[]): Judgement {
  const sums = emptySums();
  for (const judgement of judgements) addTo(sums, judgement, 1);
  return meanOf(sums);
}
