import { at, type Expected, type Operand, sizeOf, valueAt, valuesOf } from "./operand.js";

export interface PointwiseOptions {
  readonly reduction?: "mean" | "sum" | "none";
  readonly delta?: number;
  readonly posWeight?: number;
}

/** A number and the magnitude of its error. A magnitude of 1 is three units in the last place of float32. */
type Bounded = readonly [value: number, magnitude: number];

interface Loss {
  loss(p: number, t: number, options: PointwiseOptions): Bounded;
  /** The derivatives of `loss`. */
  dp(p: number, t: number, options: PointwiseOptions): Bounded;
  dt(p: number, t: number, options: PointwiseOptions): Bounded;
}

const plain = (value: number): Bounded => [value, Math.abs(value)];
const slope = (difference: number) => (Number.isNaN(difference) ? difference : Math.sign(difference));

/** −log of the logistic function and the units of its shader. */
function minusLogOfLogistic(x: number): Bounded {
  const rest = x > 0 ? Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
  const value = x > 0 ? rest : rest - x;
  return [value, ((9 + 2 * Math.min(Math.abs(x), 128)) * rest) / 3 + (4 * value) / 3];
}

function logistic(x: number): Bounded {
  const value = x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
  const rest = x < 0 ? 1 / (1 + Math.exp(x)) : Math.exp(-x) / (1 + Math.exp(-x));
  return [value, ((8 + (3 + 2 * Math.min(Math.abs(x), 128)) * rest) * value) / 3 + 2 ** -100];
}

/** a · x + b · y. A term with a factor of 0 is 0. */
function combined(a: number, [x, xMagnitude]: Bounded, b: number, [y, yMagnitude]: Bounded): Bounded {
  const [left, right] = [a === 0 && !Number.isNaN(x) ? 0 : a * x, b === 0 && !Number.isNaN(y) ? 0 : b * y];
  const magnitude = Math.abs(a) * xMagnitude + Math.abs(b) * yMagnitude;
  return [left + right, Number.isNaN(magnitude) ? Number.POSITIVE_INFINITY : magnitude];
}

const LOSSES: Readonly<Record<string, Loss>> = {
  meanSquaredError: {
    loss: (p, t) => plain((p - t) * (p - t)),
    dp: (p, t) => plain(2 * p - 2 * t),
    dt: (p, t) => plain(2 * t - 2 * p),
  },
  meanAbsoluteError: {
    loss: (p, t) => plain(Math.abs(p - t)),
    dp: (p, t) => plain(p === t ? 0 : slope(p - t)),
    dt: (p, t) => plain(p === t ? 0 : slope(t - p)),
  },
  huber: {
    loss(p, t, { delta = 1 }) {
      const d = Math.fround(delta);
      const error = Math.abs(p - t);
      const value = error <= d ? error ** 2 / 2 : d * error - d ** 2 / 2;
      // Nothing is promised if the difference overflows.
      return [value, error > 2 ** 128 - 2 ** 103 ? Number.POSITIVE_INFINITY : value];
    },
    dp: (p, t, { delta = 1 }) => plain(Math.abs(p - t) > delta ? Math.fround(delta) * slope(p - t) : p - t),
    dt: (p, t, { delta = 1 }) => plain(Math.abs(p - t) > delta ? Math.fround(delta) * slope(t - p) : t - p),
  },
  binaryCrossEntropy: {
    loss(x, t, { posWeight = 1 }) {
      return combined(Math.fround(posWeight) * t, minusLogOfLogistic(x), 1 - t, minusLogOfLogistic(-x));
    },
    dp(x, t, { posWeight = 1 }) {
      return combined(1 - t, logistic(x), -Math.fround(posWeight) * t, logistic(-x));
    },
    dt(x, _t, { posWeight = 1 }) {
      const weight = Math.fround(posWeight);
      const rest = Math.log1p(Math.exp(-Math.abs(x)));
      const value = (weight - 1) * rest + (x < 0 ? -weight * x : -x);
      return [
        value,
        Math.abs(weight - 1) * (5 + Math.min(Math.abs(x), 128)) * rest + Math.abs((x < 0 ? weight : 1) * x),
      ];
    },
  },
};

function lossOf(name: string): Loss {
  const loss = LOSSES[name];
  if (!loss) throw new Error(`oracle: no loss of the name ${name}`);
  return loss;
}

function made(shape: readonly number[], terms: number, values: Float64Array, magnitude: Float64Array): Expected {
  return { shape, values, magnitude, terms: new Float64Array(values.length).fill(terms) };
}

export function pointwiseLoss(
  name: string,
  predictions: Operand,
  targets: Operand,
  options: PointwiseOptions,
): Expected {
  const { shape } = predictions;
  const [p, t] = [valuesOf("predictions", predictions, shape), valuesOf("targets", targets, shape)];
  const { loss } = lossOf(name);
  const all = [...p].map((value, i) => loss(value, valueAt(t, i), options));
  const [values, magnitudes] = [all.map(([value]) => value), all.map(([, magnitude]) => magnitude)];
  const { reduction = "mean" } = options;
  if (reduction === "none") return made(shape, 1, Float64Array.from(values), Float64Array.from(magnitudes));
  const divisor = reduction === "mean" ? all.length : 1;
  const total = (terms: readonly number[]) => Float64Array.of(terms.reduce((sum, term) => sum + term, 0) / divisor);
  return made([], all.length, total(values), total(magnitudes));
}

export function pointwiseLossBackward(
  name: string,
  predictions: Operand,
  targets: Operand,
  dy: Operand,
  options: PointwiseOptions,
): { readonly dpredictions: Expected; readonly dtargets: Expected } {
  const { shape } = predictions;
  const [p, t] = [valuesOf("predictions", predictions, shape), valuesOf("targets", targets, shape)];
  const { reduction = "mean" } = options;
  const slopeAt = (i: number) => at(dy.data, reduction === "none" ? i : 0) / (reduction === "mean" ? sizeOf(shape) : 1);
  const gradient = (formula: Loss["dp"]) => {
    const all = [...p].map((value, i) => formula(value, valueAt(t, i), options));
    const values = Float64Array.from(all, ([value], i) => value * slopeAt(i));
    return made(
      shape,
      1,
      values,
      Float64Array.from(all, ([, magnitude], i) => Math.abs(magnitude * slopeAt(i)) + 2 ** -100),
    );
  };
  const { dp, dt } = lossOf(name);
  return { dpredictions: gradient(dp), dtargets: gradient(dt) };
}
