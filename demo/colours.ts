/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Gives a colour for a number. Zero always has the colour of the paper. */
export interface ColourMap {
  /** The number of the last colour. In a map with two sides, its negative has the first colour. */
  readonly limit: number;
  readonly twoSided: boolean;
  rgb(value: number): Rgb;
  /** The same as CSS. */
  colour(value: number): string;
}

export type Paper = "white" | "dark";

const INK: Readonly<Record<Paper, readonly Rgb[]>> = {
  white: [
    [255, 255, 255],
    [176, 182, 192],
    [96, 104, 118],
    [28, 32, 42],
  ],
  dark: [
    [21, 24, 30],
    [74, 81, 94],
    [150, 158, 172],
    [240, 243, 248],
  ],
};

const TEAL: Readonly<Record<Paper, readonly Rgb[]>> = {
  white: [
    [255, 255, 255],
    [213, 239, 227],
    [143, 208, 189],
    [60, 156, 151],
    [18, 99, 111],
    [6, 44, 63],
  ],
  dark: [
    [21, 24, 30],
    [17, 52, 54],
    [22, 92, 92],
    [40, 142, 132],
    [84, 196, 174],
    [158, 244, 216],
  ],
};

/** Blue, paper, red, after ColorBrewer's RdBu: distinct for every kind of colour vision. */
const BLUE_RED: Readonly<Record<Paper, readonly Rgb[]>> = {
  white: [
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
  ],
  dark: [
    [112, 190, 255],
    [62, 146, 232],
    [42, 104, 178],
    [32, 66, 112],
    [21, 24, 30],
    [112, 44, 40],
    [180, 64, 52],
    [232, 96, 72],
    [255, 142, 116],
  ],
};

/** From paper to ink, for the digits as they were written. */
export const ink = (limit: number, paper: Paper = "white"): ColourMap => oneSided(INK[paper], limit);

/** From paper to teal, for numbers that are never negative. */
export const teal = (limit: number, paper: Paper = "white"): ColourMap => oneSided(TEAL[paper], limit);

/** Blue below zero, red above. */
export const blueRed = (limit: number, paper: Paper = "white"): ColourMap => ({
  limit,
  twoSided: true,
  ...says((value) => mix(BLUE_RED[paper], (value / limit + 1) / 2)),
});

function oneSided(stops: readonly Rgb[], limit: number): ColourMap {
  return { limit, twoSided: false, ...says((value) => mix(stops, value / limit)) };
}

const says = (rgb: ColourMap["rgb"]) => ({ rgb, colour: (value: number) => `rgb(${rgb(value).join(", ")})` });

/** A colour that nothing else has: a NaN is a mistake that must be visible. */
const NOT_A_NUMBER: Rgb = [255, 0, 255];

/** The colour at `position` among evenly spaced stops. `position` is clipped to 0 … 1. */
function mix(stops: readonly Rgb[], position: number): Rgb {
  if (Number.isNaN(position)) return NOT_A_NUMBER;
  const scaled = Math.min(1, Math.max(0, position)) * (stops.length - 1);
  const index = Math.min(Math.floor(scaled), stops.length - 2);
  const from = stops[index] ?? NOT_A_NUMBER;
  const to = stops[index + 1] ?? from;
  const between = (a: number, b: number) => Math.round(a + (scaled - index) * (b - a));
  return [between(from[0], to[0]), between(from[1], to[1]), between(from[2], to[2])];
}
