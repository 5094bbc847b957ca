import { OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Compiled } from "../compile.js";
import type { Json } from "../layerTypes.js";
import type { Model } from "../model.js";
import type { GraphTensors } from "../modelTypes.js";
import { isBuiltIn, optimizerFrom } from "../optimizers/byName.js";
import type { Schedule } from "../schedules.js";
import { knownTrainingOf } from "./modelTraining.js";

/** What a description holds besides the losses and the metrics. */
export interface DescribeOptions {
  /** Whether it holds the optimizer. If not, the optimizer may be of a class of one's own. */
  readonly optimizer: boolean;
}

/**
 * Describes how a model was compiled, as data. The learning rate is left out: it may be a function.
 *
 * @returns `{ losses, metrics, lossWeights, optimizer }`, the first three by the names of the outputs
 * @throws OptionError if there is no optimizer, or something is a function or a class of one's own
 */
export function describeCompiled(operator: string, { optimizer, outputs }: Compiled, options: DescribeOptions): Json {
  const at = (argument: string, output: string) => (outputs.length > 1 ? `${argument}.${output}` : argument);
  const byOutput = (value: (judged: Compiled["outputs"][number]) => Json) =>
    Object.fromEntries(outputs.map((judged) => [judged.output, value(judged)]));
  if (!optimizer) {
    throw new OptionError(
      `${operator}: the model was compiled without an optimizer; compile({ optimizer: "adam", loss: … })`,
    );
  }
  if (options.optimizer && !isBuiltIn(optimizer)) {
    throw new OptionError(
      `${operator}: optimizer is a ${optimizer.constructor.name}, expected one of this library; a job carries data, never code`,
    );
  }
  const { learningRate, ...config } = optimizer.config;
  return {
    losses: byOutput(({ output, loss }) => loss.data ?? refuseFunction(operator, at("loss", output))),
    metrics: byOutput(({ output, metrics }) =>
      metrics.map(({ data }, i) => data ?? refuseFunction(operator, `${at("metrics", output)}[${i}]`)),
    ),
    lossWeights: byOutput(({ lossWeight }) => lossWeight),
    ...(options.optimizer && { optimizer: config }),
  };
}

function refuseFunction(operator: string, argument: string): never {
  throw new OptionError(`${operator}: ${argument} is a function, expected a name; a job carries data, never code`);
}

/**
 * Compiles a model as a description says, which may come from anywhere.
 *
 * @param description what `describeCompile` gave, as JSON holds it
 * @param rate gives the learning rate of a step, in place of the description's optimizer
 * @throws OptionError if the description is damaged, holds an unknown name or a wrong value, or does not fit the model
 */
export function compileFromDescription(model: Model<GraphTensors>, description: unknown, rate: Schedule): void {
  const operator = "workDistributed";
  const known = ["losses", "metrics", "lossWeights", "optimizer"];
  const reader = new OptionReader(operator, description, known, "the job's compile");
  const part = (name: string) => dataIn(operator, name, reader.given(name));
  const [losses, metrics, lossWeights] = [part("losses"), part("metrics"), part("lossWeights")];
  for (const [output, loss] of Object.entries(losses)) dataIn(operator, `losses.${output}`, loss);
  for (const [output, list] of Object.entries(metrics)) {
    if (Array.isArray(list) && list.every((metric) => typeof metric !== "function")) continue;
    throw new OptionError(`${operator}: metrics.${output} is ${show(list)}, expected a list of names`);
  }
  const optimizer =
    reader.given("optimizer") === undefined ? undefined : optimizerFrom(operator, part("optimizer"), rate);
  knownTrainingOf(model, operator).compile({ optimizer, loss: losses, metrics, lossWeights });
}

/** @throws OptionError if it is no object of named values */
function dataIn(operator: string, name: string, value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new OptionError(`${operator}: the job's compile.${name} is ${show(value)}, expected an object by name`);
}
