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

/** The same for sums of `terms` in pairs, with a multiple of the magnitude, as an operator with its own bound promises. */
function inPairs(expected: Expected, terms: number, times = 1): Expected {
  return {
    ...expected,
    magnitude: expected.magnitude.map((size) => times * size),
    terms: new Float64Array(expected.values.length).fill(terms),
    paired: true,
  };
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
  const roundings = 8 + Math.log2(n);
  const unit = roundings * UNIT;
  const [y, mean, variance] = [new TermSums(x.shape), new TermSums([channels.length]), new TermSums([channels.length])];
  for (const { c, places, scale, bias } of channels) {
    const average = (of: (value: number) => number) =>
      places.reduce((sum, i) => sum + of(valueAt(values, i)), 0) / places.length;
    const mu = average((value) => value);
    const square = average((value) => (value - mu) ** 2);
    const size = average(Math.abs);
    mean.values[c] = mu;
    mean.magnitude[c] = 2 * average((value) => Math.abs(value - mu)) + size * (2 / roundings + unit);
    variance.values[c] = square;
    variance.magnitude[c] = 3 * (square + 4 * (unit * size) ** 2);
    const relative = valueAt(variance.magnitude, c) / 3 / (square + epsilonOf(options));
    const factor = scale / Math.sqrt(square + epsilonOf(options));
    for (const i of places) {
      const distance = valueAt(values, i) - mu;
      y.values[i] = distance * factor + bias;
      const shift = 2 * Math.abs(distance) * (1 + relative) + valueAt(mean.magnitude, c) + FLUSHED;
      y.magnitude[i] = 3 * unit * relative > 0.5 ? Number.POSITIVE_INFINITY : shift * Math.abs(factor) + Math.abs(bias);
    }
  }
  return { y: inPairs(y, n), mean: inPairs(mean, n), variance: inPairs(variance, n) };
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
  const n = values.length / channels.length;
  return {
    dx: inPairs(dx, n),
    dscale: inPairs(dscale, n, 2),
    dbias: inPairs(dbias, n),
    dmean: inPairs(dmean, n, 2),
    dvariance: inPairs(dvariance, n, 3),
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
  return { dx: inPairs(dx, n, 4), dscale, dbias };
}
