/** Red, green and blue, 0 to 255. */
type Rgb = readonly [number, number, number];

/** Says a CSS colour for a number. In every map white is zero, the colour of the paper. */
export interface ColourMap {
  /** The number that takes the last colour, and, in a map with two sides, its negative the first. */
  readonly limit: number;
  readonly twoSided: boolean;
  colour(value: number): string;
}

const INK: readonly Rgb[] = [
  [255, 255, 255],
  [176, 182, 192],
  [96, 104, 118],
  [28, 32, 42],
];

const TEAL: readonly Rgb[] = [
  [255, 255, 255],
  [213, 239, 227],
  [143, 208, 189],
  [60, 156, 151],
  [18, 99, 111],
  [6, 44, 63],
];

/** Blue, white, red, after ColorBrewer's RdBu: told apart with any kind of colour vision. */
const BLUE_RED: readonly Rgb[] = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [209, 229, 240],
  [255, 255, 255],
  [253, 219, 199],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
];

/** White to black, for the digits as they were written. */
export const ink = (limit: number): ColourMap => oneSided(INK, limit);

/** White to dark teal, for numbers that are never negative. */
export const teal = (limit: number): ColourMap => oneSided(TEAL, limit);

/** Blue below zero, red above. */
export const blueRed = (limit: number): ColourMap => ({
  limit,
  twoSided: true,
  colour: (value) => mix(BLUE_RED, (value / limit + 1) / 2),
});

function oneSided(stops: readonly Rgb[], limit: number): ColourMap {
  return { limit, twoSided: false, colour: (value) => mix(stops, value / limit) };
}

/** Like nothing else in the picture: a NaN is a mistake that should be seen. */
const NOT_A_NUMBER = "rgb(255, 0, 255)";

/** The colour at `position`, 0 to 1 and cut off beyond, among evenly spaced stops. */
function mix(stops: readonly Rgb[], position: number): string {
  if (Number.isNaN(position)) return NOT_A_NUMBER;
  const scaled = Math.min(1, Math.max(0, position)) * (stops.length - 1);
  const index = Math.min(Math.floor(scaled), stops.length - 2);
  const from = stops[index] ?? [0, 0, 0];
  const to = stops[index + 1] ?? from;
  const channels = from.map((channel, i) => Math.round(channel + (scaled - index) * ((to[i] ?? 0) - channel)));
  return `rgb(${channels.join(", ")})`;
}
