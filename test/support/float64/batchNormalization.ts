import { at, type Expected, type Operand, sizeOf, TermSums, valueAt, valuesOf } from "./operand.js";

export interface BatchNormalizationOptions {
  readonly scale?: Operand;
  readonly bias?: Operand;
  readonly axis?: number;
  readonly epsilon?: number;
}

/** The error of a flushed difference before it is scaled. */
const FLUSHED = 2 ** -102;
const UNIT = 2 ** -24;

/** For each channel: the places of its values, its scale and its bias. */
function channelsOf(shape: readonly number[], options: BatchNormalizationOptions) {
  const axis = ((options.axis ?? -1) + shape.length) % shape.length;
  const channels = at(shape, axis);
  const inner = sizeOf(shape.slice(axis + 1));
  const places = Array.from({ length: channels }, (): number[] => []);
  for (let i = 0; i < sizeOf(shape); i++) places[Math.floor(i / inner) % channels]?.push(i);
  return places.map((places, c) => ({
    c,
    places,
    scale: options.scale ? at(options.scale.data, c) : 1,
    bias: options.bias ? at(options.bias.data, c) : 0,
  }));
}

/** The same with another K, for an operator with its own bound. */
function withTerms(expected: Expected, terms: number): Expected {
  return { ...expected, terms: new Float64Array(expected.values.length).fill(terms) };
}

const epsilonOf = (options: BatchNormalizationOptions) => options.epsilon ?? 1e-5;

export function batchNormalization(
  x: Operand,
  mean: Operand,
  variance: Operand,
  options: BatchNormalizationOptions = {},
): Expected {
  const values = valuesOf("x", x, x.shape);
  const y = new TermSums(x.shape);
  for (const { c, places, scale, bias } of channelsOf(x.shape, options)) {
    const factor = scale / Math.sqrt(at(variance.data, c) + epsilonOf(options));
    for (const i of places) {
      y.add(i, (valueAt(values, i) - at(mean.data, c)) * factor);
      y.add(i, bias);
      y.magnitude[i] = valueAt(y.magnitude, i) + FLUSHED * Math.abs(factor);
    }
  }
  return y;
}

export interface Statistics {
  readonly y: Expected;
  readonly mean: Expected;
  readonly variance: Expected;
}

export function batchNormalizationTraining(x: Operand, options: BatchNormalizationOptions = {}): Statistics {
  const values = valuesOf("x", x, x.shape);
  const channels = channelsOf(x.shape, options);
  const n = values.length / channels.length;
  const k = n + 9;
  const [y, mean, variance] = [new TermSums(x.shape), new TermSums([channels.length]), new TermSums([channels.length])];
  for (const { c, places, scale, bias } of channels) {
    const average = (of: (value: number) => number) =>
      places.reduce((sum, i) => sum + of(valueAt(values, i)), 0) / places.length;
    const mu = average((value) => value);
    const square = average((value) => (value - mu) ** 2);
    const size = average(Math.abs);
    mean.values[c] = mu;
    mean.magnitude[c] = average((value) => Math.abs(value - mu)) + size / k + size * k * UNIT;
    variance.values[c] = square;
    variance.magnitude[c] = square + 4 * (k * UNIT * size) ** 2;
    const relative = valueAt(variance.magnitude, c) / (square + epsilonOf(options));
    const factor = scale / Math.sqrt(square + epsilonOf(options));
    for (const i of places) {
      const distance = valueAt(values, i) - mu;
      y.values[i] = distance * factor + bias;
      const shift = Math.abs(distance) * (1 + relative) + valueAt(mean.magnitude, c) + FLUSHED;
      y.magnitude[i] =
        6 * k * UNIT * relative > 0.5 ? Number.POSITIVE_INFINITY : shift * Math.abs(factor) + Math.abs(bias);
    }
  }
  return { y: withTerms(y, k), mean: withTerms(mean, k), variance: withTerms(variance, k) };
}

export interface ChannelGradients {
  readonly dx: Expected;
  readonly dscale: Expected;
  readonly dbias: Expected;
}

export interface GivenGradients extends ChannelGradients {
  readonly dmean: Expected;
  readonly dvariance: Expected;
}

/** Each output sends dy to all its inputs. */
export function batchNormalizationBackward(
  x: Operand,
  mean: Operand,
  variance: Operand,
  dy: Operand,
  options: BatchNormalizationOptions = {},
): GivenGradients {
  const values = valuesOf("x", x, x.shape);
  const slopes = valuesOf("dy", dy, x.shape);
  const channels = channelsOf(x.shape, options);
  const sums = () => new TermSums([channels.length]);
  const [dx, dscale, dbias, dmean, dvariance] = [new TermSums(x.shape), sums(), sums(), sums(), sums()];
  for (const { c, places, scale } of channels) {
    const root = 1 / Math.sqrt(at(variance.data, c) + epsilonOf(options));
    for (const i of places) {
      const slope = valueAt(slopes, i);
      const difference = valueAt(values, i) - at(mean.data, c);
      dx.add(i, slope * scale * root);
      dbias.add(c, slope);
      dscale.add(c, slope * difference * root);
      dmean.add(c, -slope * scale * root);
      dvariance.add(c, -0.5 * slope * difference * scale * root ** 3);
    }
  }
  const k = values.length / channels.length + 4;
  return {
    dx: withTerms(dx, 2),
    dscale: withTerms(dscale, k),
    dbias: withTerms(dbias, k),
    dmean: withTerms(dmean, k),
    dvariance: withTerms(dvariance, k),
  };
}

/** Each output sends dy to its own x, and through mean and variance to all x of its channel. */
export function batchNormalizationTrainingBackward(
  x: Operand,
  mean: Operand,
  variance: Operand,
  dy: Operand,
  options: BatchNormalizationOptions = {},
): ChannelGradients {
  const { dscale, dbias } = batchNormalizationBackward(x, mean, variance, dy, options);
  const values = valuesOf("x", x, x.shape);
  const slopes = valuesOf("dy", dy, x.shape);
  const dx = new TermSums(x.shape);
  const channels = channelsOf(x.shape, options);
  const n = values.length / channels.length;
  for (const { c, places, scale } of channels) {
    const root = 1 / Math.sqrt(at(variance.data, c) + epsilonOf(options));
    const normalized = (i: number) => (valueAt(values, i) - at(mean.data, c)) * root;
    for (const j of places) {
      const slope = valueAt(slopes, j) * scale * root;
      dx.add(j, slope);
      for (const i of places) {
        dx.add(i, -slope / n);
        dx.add(i, (-slope * normalized(i) * normalized(j)) / n);
      }
    }
  }
  return { dx: withTerms(dx, n + 4), dscale, dbias };
}
