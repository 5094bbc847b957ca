import {
  at,
  type Expected,
  type ImageLayout,
  imageView,
  type Operand,
  sizeOf,
  TermSums,
  valueAt,
  valuesOf,
} from "./operand.js";

export interface NormalizationOptions {
  readonly scale?: Operand;
  readonly bias?: Operand;
  readonly epsilon?: number;
}

export interface LayerNormalizationOptions extends NormalizationOptions {
  readonly axes?: readonly number[];
}

export interface InstanceNormalizationOptions extends NormalizationOptions {
  readonly layout?: ImageLayout;
}

export interface GroupNormalizationOptions extends InstanceNormalizationOptions {
  readonly groups: number;
}

/** For every element of x: the number of its group and the index of its scale and bias. */
interface Division {
  readonly shape: readonly number[];
  readonly groupOf: readonly number[];
  readonly channelOf: readonly number[];
  readonly channelShape: readonly number[];
}

const UNIT = 2 ** -24;
const FLUSHED = 2 ** -102;

function byAxes({ shape }: Operand, { axes }: LayerNormalizationOptions): Division {
  const rank = shape.length;
  const chosen = axes ? axes.map((axis) => (axis + rank) % rank) : [...shape.keys()].slice(1);
  const others = [...shape.keys()].filter((axis) => !chosen.includes(axis));
  const positions = Array.from({ length: sizeOf(shape) }, (_, i) =>
    shape.map((extent, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % extent),
  );
  const along = (axes: readonly number[]) => (position: readonly number[]) =>
    axes.reduce((index, axis) => index * at(shape, axis) + at(position, axis), 0);
  return {
    shape,
    groupOf: positions.map(along(others)),
    channelOf: positions.map(along(chosen)),
    channelShape: chosen.map((axis) => at(shape, axis)),
  };
}

function byGroups({ shape }: Operand, options: InstanceNormalizationOptions & { readonly groups?: number }): Division {
  const { n, h, w, c, index } = imageView(shape, options.layout);
  const groups = options.groups ?? c;
  const [groupOf, channelOf] = [new Array<number>(n * h * w * c), new Array<number>(n * h * w * c)];
  for (let image = 0; image < n; image++) {
    for (let row = 0; row < h; row++) {
      for (let column = 0; column < w; column++) {
        for (let channel = 0; channel < c; channel++) {
          groupOf[index(image, row, column, channel)] = image * groups + Math.floor((channel * groups) / c);
          channelOf[index(image, row, column, channel)] = channel;
        }
      }
    }
  }
  return { shape, groupOf, channelOf, channelShape: [c] };
}

const termsOf = (count: number) => 4 + Math.ceil(Math.sqrt(count));

/** Each group with its statistics and the magnitude of x̂ for K = terms. */
function groupsOf(values: Float64Array, { groupOf }: Division, epsilon: number, terms?: number) {
  const places: number[][] = [];
  for (const [i, group] of groupOf.entries()) {
    places[group] ??= [];
    places[group].push(i);
  }
  return places.map((places) => {
    const average = (of: (value: number) => number) =>
      places.reduce((sum, i) => sum + of(valueAt(values, i)), 0) / places.length;
    const mean = average((value) => value);
    const variance = average((value) => (value - mean) ** 2);
    const root = 1 / Math.sqrt(variance + epsilon);
    const ku = (terms ?? termsOf(places.length)) * UNIT;
    const size = average(Math.abs);
    const ratio = (variance + 4 * (ku * size) ** 2) / (variance + epsilon);
    const shift = average((value) => Math.abs(value - mean)) + size * (UNIT / ku + ku) + FLUSHED;
    const magnitudeOf = (i: number) =>
      6 * ku * ratio > 0.5
        ? Number.POSITIVE_INFINITY
        : (Math.abs(valueAt(values, i) - mean) * (1 + ratio) + shift) * root;
    const normalizedOf = (i: number) => (valueAt(values, i) - mean) * root;
    return { places, root, ratio, magnitudeOf, normalizedOf };
  });
}

function withTerms({ shape, values, magnitude }: TermSums, terms: number): Expected {
  // Nothing is promised if a magnitude is infinite or ∞ · 0.
  const bounded = magnitude.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value));
  return { shape, values, magnitude: bounded, terms: new Float64Array(values.length).fill(terms) };
}

function normalize(x: Operand, division: Division, options: NormalizationOptions): Expected {
  const values = valuesOf("x", x, x.shape);
  const y = new TermSums(x.shape);
  const groups = groupsOf(values, division, options.epsilon ?? 1e-5);
  for (const { places, magnitudeOf, normalizedOf } of groups) {
    for (const i of places) {
      const channel = at(division.channelOf, i);
      const scale = options.scale ? at(options.scale.data, channel) : 1;
      const bias = options.bias ? at(options.bias.data, channel) : 0;
      y.values[i] = normalizedOf(i) * scale + bias;
      y.magnitude[i] = magnitudeOf(i) * Math.abs(scale) + Math.abs(bias);
    }
  }
  return withTerms(y, termsOf(values.length / groups.length));
}

export interface NormalizationGradients {
  readonly dx: Expected;
  readonly dscale: Expected;
  readonly dbias: Expected;
}

/** Each output sends dy to its own x, and to the mean and variance of its group. They send their gradients to all x of the group. */
function differentiate(
  x: Operand,
  dy: Operand,
  division: Division,
  options: NormalizationOptions,
): NormalizationGradients {
  const values = valuesOf("x", x, x.shape);
  const slopes = valuesOf("dy", dy, x.shape);
  const count = values.length / new Set(division.groupOf).size;
  const terms = termsOf(Math.max(count, values.length / sizeOf(division.channelShape)));
  const sums = () => new TermSums(division.channelShape);
  const [dx, dscale, dbias] = [new TermSums(x.shape), sums(), sums()];
  for (const group of groupsOf(values, division, options.epsilon ?? 1e-5, terms)) {
    const { places, root, ratio, magnitudeOf, normalizedOf } = group;
    const slopeAt = (i: number) =>
      valueAt(slopes, i) * (options.scale ? at(options.scale.data, at(division.channelOf, i)) : 1);
    const total = { mean: 0, variance: 0, size: 0, tilt: 0 };
    for (const i of places) {
      const channel = at(division.channelOf, i);
      const [slope, normalized, size] = [valueAt(slopes, i), normalizedOf(i), magnitudeOf(i)];
      dbias.add(channel, slope);
      dscale.add(channel, slope * normalized);
      // Twice the largest x̂ instead of x̂.
      dscale.magnitude[channel] =
        valueAt(dscale.magnitude, channel) + Math.abs(slope) * (2 * size - Math.abs(normalized));
      total.mean -= slopeAt(i) * root;
      total.variance -= 0.5 * slopeAt(i) * normalized * root ** 2;
      total.size += Math.abs(slopeAt(i)) / count;
      total.tilt += (Math.abs(slopeAt(i)) * size) / count;
    }
    for (const i of places) {
      dx.values[i] = slopeAt(i) * root + (total.mean + (2 * total.variance * normalizedOf(i)) / root) / count;
    }
    for (const i of places) {
      dx.magnitude[i] = (2 + ratio) * root * (Math.abs(slopeAt(i)) + total.size + 4 * magnitudeOf(i) * total.tilt);
    }
  }
  return { dx: withTerms(dx, terms), dscale: withTerms(dscale, terms), dbias: withTerms(dbias, terms) };
}

export function layerNormalization(x: Operand, options: LayerNormalizationOptions = {}): Expected {
  return normalize(x, byAxes(x, options), options);
}

export function layerNormalizationBackward(x: Operand, dy: Operand, options: LayerNormalizationOptions = {}) {
  return differentiate(x, dy, byAxes(x, options), options);
}

export function groupNormalization(x: Operand, options: GroupNormalizationOptions): Expected {
  return normalize(x, byGroups(x, options), options);
}

export function groupNormalizationBackward(x: Operand, dy: Operand, options: GroupNormalizationOptions) {
  return differentiate(x, dy, byGroups(x, options), options);
}

export function instanceNormalization(x: Operand, options: InstanceNormalizationOptions = {}): Expected {
  return normalize(x, byGroups(x, options), options);
}

export function instanceNormalizationBackward(x: Operand, dy: Operand, options: InstanceNormalizationOptions = {}) {
  return differentiate(x, dy, byGroups(x, options), options);
}
