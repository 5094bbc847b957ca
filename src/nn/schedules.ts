import { OptionError, show } from "../core/errors.js";
import { cosineOfHalfTurns, power } from "../core/math.js";
import { OptionReader } from "../core/options.js";

/** A learning rate by the step, counted from 0. */
export type Schedule = (step: number) => number;

export interface CosineDecayOptions {
  /** What remains of the rate in the end, as a share of it: in [0, 1]; 0 if left out. */
  readonly alpha?: number | undefined;
  /** For so many steps before it decays, the rate rises evenly from 0; 0 if left out. */
  readonly warmupSteps?: number | undefined;
}

/**
 * Half a cosine from `initial` down to `alpha` · `initial` in `decaySteps` steps (Loshchilov and Hutter, "SGDR", ICLR
 * 2017, without restarts), and level from then on. Keras's CosineDecay; with `warmupSteps`, the one whose initial rate
 * is 0 and whose `warmup_target` is `initial`.
 *
 * @throws OptionError
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

export interface ExponentialDecayOptions {
  /** In so many steps … */
  readonly decaySteps: number;
  /** … the rate is multiplied by this. */
  readonly decayRate: number;
  /** Whether that happens at once, every `decaySteps`, rather than a little at each step. False if left out. */
  readonly staircase?: boolean | undefined;
}

/** `initial` · decayRate ^ (step / decaySteps), Keras's ExponentialDecay. @throws OptionError */
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
 * values[0] up to and with step boundaries[0], then values[1] up to and with boundaries[1], …, the last value after the
 * last boundary: Keras's PiecewiseConstantDecay.
 *
 * @param boundaries steps, in rising order
 * @param values one more than boundaries
 * @throws OptionError
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
