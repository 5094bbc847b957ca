import { OptionReader } from "../core/options.js";
import type { CompileOptions } from "../nn/compile.js";
import { Adagrad } from "../nn/optimizers/adagrad.js";
import { Adam, AdamW } from "../nn/optimizers/adam.js";
import { OPTIMIZERS } from "../nn/optimizers/byName.js";
import { Optimizer } from "../nn/optimizers/optimizer.js";
import { RMSprop } from "../nn/optimizers/rmsprop.js";
import { SGD } from "../nn/optimizers/sgd.js";
import { cosineDecay, exponentialDecay, piecewiseConstant, type Schedule } from "../nn/schedules.js";
import { SYNONYMS } from "../nn/synonyms.js";
import { within } from "./located.js";

const CLASSES = { sgd: SGD, adam: Adam, adamw: AdamW, rmsprop: RMSprop, adagrad: Adagrad };

/**
 * The options of `model.compile` from the part `compile` of a job file. They are those of the library, as JSON: an
 * optimizer is its name, or its name and options, and a schedule is its name and numbers.
 *
 * @throws OptionError
 */
export function compileOptions(file: string, given: unknown): CompileOptions {
  const reader = new OptionReader(file, given, ["optimizer", "loss", "metrics", "lossWeights"], "compile");
  const optimizer = optimizerFrom(file, reader);
  const options = { ...Object(given), optimizer };
  if (isCompileOptions(options)) return options;
  return reader.refuse("loss", undefined, 'the name of a loss such as "softmaxCrossEntropy"');
}

/** `compile` itself checks all values. */
function isCompileOptions(options: object): options is CompileOptions {
  return "loss" in options;
}

function optimizerFrom(file: string, compile: OptionReader): Optimizer {
  const given = compile.given("optimizer");
  const { name, ...options } = isObject(given) ? given : { name: given };
  const where = "compile.optimizer";
  const known = isObject(given) ? new OptionReader(file, { name }, ["name"], where) : compile;
  const found = known.word(isObject(given) ? "name" : "optimizer", OPTIMIZERS, undefined, SYNONYMS);
  const { learningRate } = options;
  const optimizer: unknown = within(file, where, () =>
    Reflect.construct(CLASSES[found], [
      isObject(learningRate) ? { ...options, learningRate: scheduleFrom(file, learningRate) } : options,
    ]),
  );
  if (optimizer instanceof Optimizer) return optimizer;
  throw new Error(`${found} is not an optimizer`);
}

const SCHEDULES = {
  cosineDecay: ["initial", "decaySteps", "alpha", "warmupSteps"],
  exponentialDecay: ["initial", "decaySteps", "decayRate", "staircase"],
  piecewiseConstant: ["boundaries", "values"],
};
const SCHEDULE_NAMES = ["cosineDecay", "exponentialDecay", "piecewiseConstant"] as const;

/** A schedule from its name and numbers: `{ "name": "cosineDecay", "initial": 0.002, "decaySteps": 500 }`. */
function scheduleFrom(file: string, given: object): Schedule {
  const where = "compile.optimizer.learningRate";
  const { name: asked }: { readonly name?: unknown } = given;
  const name = new OptionReader(file, { name: asked }, ["name"], where).word("name", SCHEDULE_NAMES);
  const reader = new OptionReader(file, given, ["name", ...SCHEDULES[name]], where);
  const number = (field: string) => reader.numberFrom(field, 0, Number.POSITIVE_INFINITY);
  const numbers = (field: string) => {
    const value = reader.given(field);
    return isNumbers(value) ? value : reader.refuse(field, value, "a list of numbers");
  };
  return within(file, where, () => {
    switch (name) {
      case "cosineDecay": {
        const options = { alpha: reader.number("alpha", 0), warmupSteps: reader.integer("warmupSteps", 0, 0) };
        return cosineDecay(number("initial"), number("decaySteps"), options);
      }
      case "exponentialDecay": {
        const staircase = reader.boolean("staircase", false);
        const decay = { decaySteps: number("decaySteps"), decayRate: number("decayRate"), staircase };
        return exponentialDecay(number("initial"), decay);
      }
      case "piecewiseConstant":
        return piecewiseConstant(numbers("boundaries"), numbers("values"));
    }
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}
