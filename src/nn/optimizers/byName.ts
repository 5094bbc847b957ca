import { didYouMean, OptionError, show } from "../../core/errors.js";
import type { Schedule } from "../schedules.js";
import { SYNONYMS } from "../synonyms.js";
import { Adagrad } from "./adagrad.js";
import { Adam, AdamW } from "./adam.js";
import { Optimizer } from "./optimizer.js";
import { RMSprop } from "./rmsprop.js";
import { SGD } from "./sgd.js";

export const OPTIMIZERS = ["sgd", "adam", "adamw", "rmsprop", "adagrad"] as const;

/**
 * The name of an optimizer with its default options, which are Keras's: "adam" stands for `new Adam()`.
 *
 * @example
 * ```ts
 * const optimizer: OptimizerName = "rmsprop";
 * const model = new Sequential([new Dense({ units: 1 })]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer, loss: "meanSquaredError" });
 * await model.fit({ images: [[0], [1]], labels: [1, 3] });
 * model.stepsDone; // 1
 * ```
 */
export type OptimizerName = (typeof OPTIMIZERS)[number];

const CLASSES: readonly unknown[] = [SGD, Adam, AdamW, RMSprop, Adagrad];

/** Whether an optimizer is one of this library, and not of a class that extends one. */
export function isBuiltIn(optimizer: Optimizer): boolean {
  return CLASSES.includes(optimizer.constructor);
}

/**
 * Makes an optimizer of this library from its `config`.
 *
 * @param learningRate in place of that of the config
 * @throws OptionError if the config is of another optimizer, or an option is unknown or invalid
 */
export function optimizerFrom(operator: string, config: object, learningRate: Schedule): Optimizer {
  const { name, ...options }: { readonly name?: unknown } = config;
  const given = { ...options, learningRate };
  switch (name) {
    case "SGD":
      return new SGD(given);
    case "Adam":
      return new Adam(given);
    case "AdamW":
      return new AdamW(given);
    case "RMSprop":
      return new RMSprop(given);
    case "Adagrad":
      return new Adagrad(given);
    default: {
      const known = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"];
      throw new OptionError(
        `${operator}: optimizer.name is ${show(name)}, expected ${known.map(show).join(" or ")}${didYouMean(name, known)}`,
      );
    }
  }
}

/** @throws OptionError if it is neither an optimizer nor the name of one */
export function optimizerOf(operator: string, optimizer: unknown): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  const name = OPTIMIZERS.find((known) => known === optimizer);
  switch (name) {
    case "sgd":
      return new SGD();
    case "adam":
      return new Adam();
    case "adamw":
      return new AdamW();
    case "rmsprop":
      return new RMSprop();
    case "adagrad":
      return new Adagrad();
    case undefined: {
      throw new OptionError(
        `${operator}: optimizer is ${show(optimizer)}, expected new Adam() or another optimizer, or ${OPTIMIZERS.map(show).join(" or ")}${didYouMean(optimizer, OPTIMIZERS, SYNONYMS)}`,
      );
    }
  }
}
