import { didYouMean, OptionError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { activationAtEnd } from "./ending.js";
import type { Graph } from "./graph/graph.js";
import { type Loss, type ReadLoss, readLoss } from "./losses.js";
import { type Metric, type MetricFunction, type MetricName, type ReadMetric, readMetrics } from "./metrics.js";
import { type OptimizerName, optimizerOf } from "./optimizers/byName.js";
import type { Optimizer } from "./optimizers/optimizer.js";

/** One value for the model's output, or values by the names of its outputs. */
export type ByOutput<Value> = Value | Readonly<Record<string, Value>>;

/** The options of `model.compile`. */
export interface CompileOptions {
  /**
   * An optimizer, or the name of one with Keras's default options. If left out, the model cannot be fitted, but
   * evaluated.
   */
  readonly optimizer?: Optimizer | OptimizerName | undefined;
  /** The number that training makes small. With several outputs, it is the sum of their losses. Required. */
  readonly loss: ByOutput<Loss>;
  /** What reports give besides the loss: a list, or a single metric. None if left out. */
  readonly metrics?: ByOutput<MetricName | MetricFunction | readonly Metric[]> | undefined;
  /** The factors of the losses in their sum, by the names of the outputs. 1 for each that is left out. */
  readonly lossWeights?: Readonly<Record<string, number>> | undefined;
}

/** How one output is judged. */
export interface Judged {
  readonly output: string;
  readonly loss: ReadLoss;
  readonly lossWeight: number;
  readonly metrics: readonly ReadMetric[];
}

export interface Compiled {
  readonly optimizer: Optimizer | undefined;
  readonly outputs: readonly Judged[];
}

/** @throws OptionError */
export function readCompile(options: unknown, outputs: readonly string[], graph: Graph): Compiled {
  const reader = new OptionReader("compile", options, ["optimizer", "loss", "metrics", "lossWeights"]);
  const optimizer = reader.given("optimizer");
  const losses = byOutput("loss", reader.given("loss"), outputs);
  const metrics = byOutput("metrics", reader.given("metrics"), outputs);
  const factors = byOutput("lossWeights", reader.given("lossWeights") ?? 1, outputs);
  const judged = outputs.map((output, i): Judged => {
    const at = (argument: string) => (outputs.length > 1 ? `${argument}.${output}` : argument);
    const loss = readLoss("compile", at("loss"), losses(output));
    const lossWeight = factors(output) ?? 1;
    if (typeof lossWeight !== "number" || !Number.isFinite(lossWeight)) {
      throw new OptionError(`compile: ${at("lossWeights")} is ${show(lossWeight)}, expected a finite number`);
    }
    refuseProbabilities(graph, i, outputs.length > 1 ? output : undefined, loss);
    return { output, loss, lossWeight, metrics: readMetrics("compile", metrics(output), loss.name) };
  });
  return { optimizer: optimizer === undefined ? undefined : optimizerOf("compile", optimizer), outputs: judged };
}

/** @returns the value of each output. A single value is that of all */
function byOutput(argument: string, value: unknown, outputs: readonly string[]): (output: string) => unknown {
  const isNamed =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !("name" in value && !outputs.includes("name"));
  if (!isNamed) return () => value;
  const entries = new Map<string, unknown>(Object.entries(value));
  for (const name of entries.keys()) {
    if (outputs.includes(name)) continue;
    const options = argument === "loss" ? ', or a loss with options such as { name: "huber", delta: 2 }' : "";
    throw new OptionError(
      `compile: ${argument} has ${show(name)}, expected the outputs ${outputs.map(show).join(", ")}${options}${didYouMean(name, outputs)}`,
    );
  }
  return (output) => entries.get(output);
}

/** The losses that take logits, and the activations that make probabilities of logits. */
const OF_LOGITS: readonly unknown[] = ["softmaxCrossEntropy", "binaryCrossEntropy"];
const PROBABILITIES: readonly unknown[] = ["softmax", "logSoftmax", "sigmoid", "hardSigmoid"];

/** @throws OptionError if an output is probabilities, and its loss takes logits: it would train to something else */
function refuseProbabilities(graph: Graph, output: number, name: string | undefined, loss: ReadLoss): void {
  const activation = activationAtEnd(graph, output);
  if (!OF_LOGITS.includes(loss.name) || !PROBABILITIES.includes(activation)) return;
  const [what, x] =
    name === undefined ? ["the model", "model.predict(x)"] : [`the output ${name}`, `model.predict(x).${name}`];
  throw new OptionError(
    `compile: ${what} ends in a ${activation}, and the loss ${show(loss.name)} computes its own from logits; leave out the ${activation} at the end, and call ${activation}(${x}) for probabilities`,
  );
}
