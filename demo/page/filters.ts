import type { HostTensor } from "../images.js";
import { mulberry32, normalNumbers } from "../random.js";
import { FILTERS, type Settings } from "./settings.js";

/** One filter of one channel, in row-major order. */
type Weights = readonly number[];

/** 1, 3, 3, 1 and its like: smooth, and near to a Gaussian. Its sum is 1. */
function binomial(size: number): number[] {
  let row = [1];
  while (row.length < size)
    row = Array.from({ length: row.length + 1 }, (_, i) => ((row[i - 1] ?? 0) + (row[i] ?? 0)) / 2);
  return row;
}

/** The slope of the binomial, from below zero to above: what a smooth edge looks like to a filter. The positive half's sum is 1. */
function slope(size: number): number[] {
  const smooth = binomial(size);
  const raw = smooth.map((value, i) => value * (i - (size - 1) / 2));
  const half = raw.reduce((sum, value) => sum + Math.max(0, value), 0);
  return raw.map((value) => value / half);
}

const outer = (column: Weights, row: Weights): number[] => column.flatMap((a) => row.map((b) => a * b));

/** 1 in the middle (of an even size: before it) and else 0. */
function impulse(size: number): number[] {
  const middle = Math.floor((size - 1) / 2);
  return Array.from({ length: size * size }, (_, i) => (i === middle * size + middle ? 1 : 0));
}

/**
 * The whole bank, side by side, as one convolution takes it. A named filter looks at the mean of the channels; the random one and the
 * visitor's own weigh each channel by itself.
 *
 * @returns [size, size, channels, filters], the filters in the order of `FILTERS`
 */
export function filterBank(
  { size, weights, seed }: Pick<Settings, "size" | "weights" | "seed">,
  channels: number,
): HostTensor {
  const blur = outer(binomial(size), binomial(size));
  const center = impulse(size);
  const mean = (filter: Weights) => filter.map((weight) => weight / channels);
  const normal = normalNumbers(mulberry32(seed));
  const deviation = Math.sqrt(1 / (size * size * channels));
  const bank: Record<(typeof FILTERS)[number], (position: number) => number> = {
    vertical: at(mean(outer(binomial(size), slope(size)))),
    horizontal: at(mean(outer(slope(size), binomial(size)))),
    outline: at(mean(blur.map((value, i) => 2 * ((center[i] ?? 0) - value)))),
    sharpen: at(mean(blur.map((value, i) => 2 * (center[i] ?? 0) - value))),
    blur: at(mean(blur)),
    random: () => deviation * normal(),
    own: at(weights),
  };
  const shape = [size, size, channels, FILTERS.length];
  const values = new Float32Array(size * size * channels * FILTERS.length);
  let next = 0;
  for (let position = 0; position < size * size; position++) {
    for (let channel = 0; channel < channels; channel++) {
      for (const name of FILTERS) values[next++] = bank[name](position);
    }
  }
  return { shape, values };
}

const at = (filter: Weights) => (position: number) => filter[position] ?? 0;

/** A filter for the visitor to start drawing from: what is chosen now, in hundredths. */
export function copyOfFilter({ shape, values }: HostTensor, filter: number): number[] {
  const [height = 0, width = 0, channels = 0, filters = 0] = shape;
  return Array.from({ length: height * width }, (_, position) => {
    const weight = values[position * channels * filters + filter] ?? 0;
    return Math.round(weight * 100) / 100;
  });
}

/** The same drawing on a grid of another size, around the middle. */
export function resized(weights: Weights, from: number, to: number): number[] {
  const shift = Math.floor((from - 1) / 2) - Math.floor((to - 1) / 2);
  return Array.from({ length: to * to }, (_, i) => {
    const row = Math.floor(i / to) + shift;
    const column = (i % to) + shift;
    const inside = row >= 0 && row < from && column >= 0 && column < from;
    return inside ? (weights[row * from + column] ?? 0) : 0;
  });
}
