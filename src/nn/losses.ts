import { didYouMean, OptionError, ShapeError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { isRefusedPromise } from "../core/promises.js";
import { elementsOf } from "../core/shape.js";
import { reshape, Tensor } from "../core/tensor.js";
import { add } from "../ops/elementwise/add.js";
import { div } from "../ops/elementwise/div.js";
import { mul } from "../ops/elementwise/mul.js";
import { sub } from "../ops/elementwise/sub.js";
import { binaryCrossEntropy } from "../ops/loss/binaryCrossEntropy.js";
import { huber } from "../ops/loss/huber.js";
import { meanAbsoluteError } from "../ops/loss/meanAbsoluteError.js";
import { meanSquaredError } from "../ops/loss/meanSquaredError.js";
import { softmaxCrossEntropy } from "../ops/loss/softmaxCrossEntropy.js";
import { reduceMean } from "../ops/reduce/reduceMean.js";
import { reduceSum } from "../ops/reduce/reduceSum.js";
import { SYNONYMS } from "./synonyms.js";

export const LOSSES = [
  ...(["softmaxCrossEntropy", "binaryCrossEntropy", "meanSquaredError"] as const),
  ...(["meanAbsoluteError", "huber", "dice"] as const),
];

/** The name of a loss; see {@link Loss}. */
export type LossName = (typeof LOSSES)[number];

/**
 * Computes a loss of your own, with operators of this library. They know their gradients.
 *
 * @param output float32 [N, …], the output of the model
 * @param target float32, the labels of the batch: [N], or the shape of the output
 * @returns a scalar, or one loss for each example, [N] or [N, …]. Of these, the mean is taken, as in Keras. With sample
 * weights or class weights, it must be one loss for each example
 *
 * @example
 * ```ts
 * const absolute: LossFunction = (output, target) => abs(sub(output, target));
 * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ loss: absolute });
 * await model.evaluate({ images: [[1], [2]], labels: [[4], [4]] }); // { loss: 2.5, metrics: {} }
 * ```
 */
export type LossFunction = (output: Tensor, target: Tensor) => Tensor;

/** A loss with options. */
export interface LossWithOptions {
  /** The name of the loss. Required. */
  readonly name: LossName;
  /**
   * For "softmaxCrossEntropy": the share of each label that is spread evenly over all classes, from 0 to 1. 0 if left
   * out.
   */
  readonly labelSmoothing?: number | undefined;
  /** For "huber": the error from which the loss is linear, above 0, in the unit of the output. 1 if left out. */
  readonly delta?: number | undefined;
}

/**
 * The loss of one output, which training makes small: a name, a name with options, or a function. The names are those
 * of the operators.
 *
 * - "softmaxCrossEntropy": one class of several. The output is logits. Labels are class numbers or probabilities.
 * - "binaryCrossEntropy": one or more classes that do not exclude each other. The output is logits. Labels are from 0
 *   to 1.
 * - "meanSquaredError", "meanAbsoluteError", "huber": numbers. Labels have the shape of the output.
 * - "dice": masks. The output is probabilities. The loss is 1 − 2 Σ p · t / (Σ p + Σ t) over the whole batch, as in
 *   Keras.
 */
export type Loss = LossName | LossWithOptions | LossFunction;

/** A loss that was read. */
export interface ReadLoss {
  /** Undefined for a function. */
  readonly name: LossName | undefined;
  /** The loss as data, as `readLoss` reads it. Undefined for a function. */
  readonly data: { readonly [option: string]: string | number } | undefined;
  /** The mean over the batch. */
  mean(output: Tensor, target: Tensor): Tensor;
  /** One loss for each example, [N]. @throws OptionError if the loss has no such form */
  perExample(output: Tensor, target: Tensor): Tensor;
}

type Reduction = { readonly reduction: "mean" | "none" };

/** Reads a loss. @throws OptionError */
export function readLoss(operator: string, argument: string, loss: unknown): ReadLoss {
  if (isFunction(loss)) return ownLoss(operator, loss);
  if (typeof loss === "object" && loss !== null && "name" in loss) {
    const name = readName(operator, `${argument}.name`, loss.name);
    const known = name === "softmaxCrossEntropy" ? ["labelSmoothing"] : name === "huber" ? ["delta"] : [];
    const reader = new OptionReader(operator, loss, ["name", ...known], argument);
    const labelSmoothing = reader.finiteNumber("labelSmoothing", 0);
    const delta = reader.finiteNumber("delta", 1);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      reader.refuse("labelSmoothing", labelSmoothing, "a number from 0 to 1");
    }
    if (!(delta > 0)) reader.refuse("delta", delta, "a positive number");
    return builtIn(name, { labelSmoothing, delta });
  }
  return builtIn(readName(operator, argument, loss), { labelSmoothing: 0, delta: 1 });
}

function readName(operator: string, argument: string, name: unknown): LossName {
  const found = LOSSES.find((known) => known === name);
  if (found) return found;
  throw new OptionError(
    `${operator}: ${argument} is ${show(name)}, expected ${LOSSES.map(show).join(" or ")}, or a function${didYouMean(name, LOSSES, SYNONYMS)}`,
  );
}

interface Settings {
  readonly labelSmoothing: number;
  readonly delta: number;
}

function builtIn(name: LossName, { labelSmoothing, delta }: Settings): ReadLoss {
  const losses: Readonly<Record<LossName, (output: Tensor, target: Tensor, reduction: Reduction) => Tensor>> = {
    softmaxCrossEntropy: (output, target, reduction) => {
      const classes = output.shape.at(-1) ?? 1;
      const rows = output.size / classes;
      const labels = reshape(target, target.size === rows ? [rows] : [rows, classes]);
      return softmaxCrossEntropy(reshape(output, [rows, classes]), labels, { ...reduction, labelSmoothing });
    },
    binaryCrossEntropy: (output, target, reduction) => binaryCrossEntropy(output, like(target, output), reduction),
    meanSquaredError: (output, target, reduction) => meanSquaredError(output, like(target, output), reduction),
    meanAbsoluteError: (output, target, reduction) => meanAbsoluteError(output, like(target, output), reduction),
    huber: (output, target, reduction) => huber(output, like(target, output), { ...reduction, delta }),
    dice: (output, target) => dice(output, like(target, output)),
  };
  const loss = losses[name];
  return {
    name,
    data: {
      name,
      ...(name === "softmaxCrossEntropy" && { labelSmoothing }),
      ...(name === "huber" && { delta }),
    },
    mean: (output, target) => loss(output, target, { reduction: "mean" }),
    perExample(output, target) {
      if (name === "dice") {
        throw new OptionError(
          'fit: the loss "dice" is one value for a whole batch, so examples cannot have weights; use another loss, or no weights',
        );
      }
      return meanOfExamples(loss(output, target, { reduction: "none" }), output.shape[0] ?? 1);
    },
  };
}

function ownLoss(operator: string, loss: LossFunction): ReadLoss {
  const checked = (output: Tensor, target: Tensor) => {
    const value: unknown = loss(output, target);
    if (value instanceof Tensor) return value;
    const advice = isRefusedPromise(value) ? "; it is not async, and reads no values" : "";
    throw new OptionError(`${operator}: the loss function gave ${show(value)}, expected a tensor${advice}`);
  };
  return {
    name: undefined,
    data: undefined,
    mean: (output, target) => {
      const value = checked(output, target);
      if (value.size === 1) return value;
      if (value.shape[0] === output.shape[0]) return reduceMean(value);
      throw new ShapeError(
        `${operator}: the loss function gave [${value.shape.join(", ")}] for ${output.shape[0]} examples, expected a scalar, or losses of the examples`,
      );
    },
    perExample(output, target) {
      const value = checked(output, target);
      const [n = 1] = output.shape;
      if (value.shape[0] === n) return meanOfExamples(value, n);
      throw new OptionError(
        `fit: the loss function gave [${value.shape.join(", ")}] for ${n} examples, expected one loss for each, because the examples have weights`,
      );
    },
  };
}

function dice(output: Tensor, target: Tensor): Tensor {
  const { backend } = output;
  const common = mul(reduceSum(mul(output, target)), backend.full([], 2));
  const both = add(reduceSum(output), reduceSum(target));
  return sub(backend.full([], 1), div(common, add(both, backend.full([], 1e-7))));
}

/** One loss for each example, from several. */
function meanOfExamples(losses: Tensor, examples: number): Tensor {
  const each = elementsOf(losses.shape) / examples;
  return each === 1 ? reshape(losses, [examples]) : reduceMean(reshape(losses, [examples, each]), { axes: [1] });
}

/** Labels in the shape of the output. Datasets hold them flat. @throws ShapeError */
function like(target: Tensor, output: Tensor): Tensor {
  if (target.size === output.size) return reshape(target, output.shape);
  throw new ShapeError(
    `fit: a batch has ${target.size} labels, expected as many as the output has values: ${output.size} ([${output.shape.join(", ")}])`,
  );
}

function isFunction(value: unknown): value is LossFunction {
  return typeof value === "function";
}
