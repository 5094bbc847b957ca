import { OptionError, show } from "../core/errors.js";
import { cosineOfHalfTurns, power } from "../core/math.js";
import { OptionReader } from "../core/options.js";

/**
 * A learning rate schedule: it gives the learning rate of a step. Optimizers take it in place of a number.
 * {@link cosineDecay}, {@link exponentialDecay} and {@link piecewiseConstant} make one.
 *
 * @param step the number of the step, from 0, over all fits
 * @returns the learning rate, a finite number ≥ 0
 *
 * @example
 * ```ts
 * const warmUp: Schedule = (step) => 0.01 * Math.min(1, (step + 1) / 10);
 * [0, 4, 9, 100].map((step) => warmUp(step)); // ≈ [0.001, 0.005, 0.01, 0.01]
 * const optimizer = new SGD({ learningRate: warmUp });
 * ```
 */
export type Schedule = (step: number) => number;

/** The options of `cosineDecay`. */
export interface CosineDecayOptions {
  /** The last rate, as a share of `initial`, in [0, 1]. 0 if left out. */
  readonly alpha?: number | undefined;
  /** The number of steps before the decay in which the rate rises evenly from 0 to `initial`. 0 if left out. */
  readonly warmupSteps?: number | undefined;
}

/**
 * A learning rate schedule that falls along half a cosine from `initial` to `alpha` · `initial`, and then stays there
 * (Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts). It is Keras's CosineDecay. With `warmupSteps`, it is
 * Keras's with the initial rate 0 and `initial` as the `warmup_target`.
 *
 * @param initial the largest learning rate, ≥ 0
 * @param decaySteps the number of steps in which it falls, after the warm-up
 * @param options `alpha` and `warmupSteps`
 * @returns the schedule, for the option `learningRate` of an optimizer
 * @throws OptionError if a number is out of its range
 *
 * @example
 * ```ts
 * const schedule = cosineDecay(0.1, 100, { warmupSteps: 10 });
 * [0, 5, 10, 60, 110, 500].map((step) => schedule(step)); // [0, 0.05, 0.1, 0.05, 0, 0]
 * const optimizer = new SGD({ learningRate: schedule, momentum: 0.9 });
 * ```
 */
export function cosineDecay(initial: number, decaySteps: number, options: CosineDecayOptions = {}): Schedule {
  checkRate("cosineDecay", "initial", initial);
  checkSteps("cosineDecay", decaySteps);
  const reader = new OptionReader("cosineDecay", options, ["alpha", "warmupSteps"]);
  const alpha = reader.numberFrom("alpha", 0, 1 + Number.EPSILON, 0);
  const warmupSteps = reader.integer("warmupSteps", 0, 0);
  return (step) => {
    if (step < warmupSteps) return (initial * step) / warmupSteps;
    const done = Math.min((step - warmupSteps) / decaySteps, 1);
    return initial * (alpha + ((1 - alpha) * (1 + cosineOfHalfTurns(done))) / 2);
  };
}

/** The options of `exponentialDecay`. */
export interface ExponentialDecayOptions {
  /** The number of steps in which the rate is multiplied by `decayRate`, above 0. Required. */
  readonly decaySteps: number;
  /** The factor of the rate, ≥ 0. Required. */
  readonly decayRate: number;
  /** Whether the rate changes only after each `decaySteps` steps, not at each step. False if left out. */
  readonly staircase?: boolean | undefined;
}

/**
 * A learning rate schedule of `initial` · decayRate ^ (step / decaySteps) (Keras's ExponentialDecay).
 *
 * @param initial the learning rate of step 0, ≥ 0
 * @param options `decaySteps`, `decayRate` and `staircase`
 * @returns the schedule, for the option `learningRate` of an optimizer
 * @throws OptionError if an option is missing, or a number is out of its range
 *
 * @example
 * ```ts
 * const schedule = exponentialDecay(0.1, { decaySteps: 100, decayRate: 0.5, staircase: true });
 * [0, 99, 100, 200].map((step) => schedule(step)); // [0.1, 0.1, 0.05, 0.025]
 * const optimizer = new Adam({ learningRate: schedule });
 * ```
 */
export function exponentialDecay(initial: number, options: ExponentialDecayOptions): Schedule {
  checkRate("exponentialDecay", "initial", initial);
  const reader = new OptionReader("exponentialDecay", options, ["decaySteps", "decayRate", "staircase"]);
  const { decaySteps, decayRate } = options;
  checkSteps("exponentialDecay", decaySteps);
  checkRate("exponentialDecay", "decayRate", decayRate);
  const staircase = reader.boolean("staircase", false);
  return (step) => {
    const periods = step / decaySteps;
    return initial * power(decayRate, staircase ? Math.floor(periods) : periods);
  };
}

/**
 * A learning rate schedule that stays constant between given steps (Keras's PiecewiseConstantDecay). The rate is `values[i]`
 * up to and including step `boundaries[i]`. After the last boundary it is the last value.
 *
 * @param boundaries numbers of steps, in rising order
 * @param values learning rates, ≥ 0: one more than there are boundaries
 * @returns the schedule, for the option `learningRate` of an optimizer
 * @throws OptionError if the boundaries do not rise, or the values are not as many, or not all ≥ 0
 *
 * @example
 * ```ts
 * const schedule = piecewiseConstant([100, 200], [0.1, 0.01, 0.001]);
 * [0, 100, 101, 200, 201].map((step) => schedule(step)); // [0.1, 0.1, 0.01, 0.01, 0.001]
 * const optimizer = new SGD({ learningRate: schedule });
 * ```
 */
export function piecewiseConstant(boundaries: readonly number[], values: readonly number[]): Schedule {
  const rises = (step: number, i: number) => Number.isFinite(step) && (i === 0 || step > (boundaries[i - 1] ?? 0));
  if (!Array.isArray(boundaries) || !boundaries.every(rises)) {
    throw new OptionError(`piecewiseConstant: boundaries is ${show(boundaries)}, expected steps in rising order`);
  }
  if (!Array.isArray(values) || values.length !== boundaries.length + 1) {
    throw new OptionError(
      `piecewiseConstant: values is ${show(values)}, expected ${boundaries.length + 1} rates, one more than boundaries`,
    );
  }
  for (const [i, value] of values.entries()) checkRate("piecewiseConstant", `values[${i}]`, value);
  const [bounds, rates] = [[...boundaries], [...values]];
  return (step) => {
    const piece = bounds.findIndex((boundary) => step <= boundary);
    return rates[piece < 0 ? bounds.length : piece] ?? 0;
  };
}

/** @throws OptionError where it is no finite number of at least 0 */
export function checkRate(what: string, name: string, value: unknown): asserts value is number {
  if (typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY) return;
  throw new OptionError(`${what}: ${name} is ${show(value)}, expected a finite number ≥ 0`);
}

function checkSteps(what: string, decaySteps: unknown): void {
  if (typeof decaySteps === "number" && decaySteps > 0 && decaySteps < Number.POSITIVE_INFINITY) return;
  throw new OptionError(`${what}: decaySteps is ${show(decaySteps)}, expected a finite number above 0`);
}
