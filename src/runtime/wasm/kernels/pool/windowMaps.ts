import type { WindowGeometry } from "../../../../core/geometry.js";
import { type AxisMap, axisMap, keptMap, type Tap } from "../kit/axisMap.js";
import type { ImageMap } from "../kit/mapImages.js";

interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/** The taps of windows. */
export interface WindowMaps extends ImageMap {
  /** The number of columns of a window. */
  readonly s: number;
}

/** The elements of each window. A tap's weight is its number in the window. */
export function windowMaps(g: WindowGeometry): WindowMaps {
  return mapsOf(g, "numbers");
}

/** The elements of each window, with equal weights whose sum is 1, or less if padding counts. */
export function averagingMaps(g: WindowGeometry, countIncludePad: boolean): WindowMaps {
  return mapsOf(g, countIncludePad ? "shares of padded" : "shares");
}

/** An element of a window by its number in the window. */
interface WindowTap {
  readonly tap: number;
  readonly at: number;
}

/** The weights of the taps: their numbers, or equal shares of 1 for the taps that exist, or for those in the padding too. */
type Weights = "numbers" | "shares" | "shares of padded";

function mapsOf(g: WindowGeometry, weights: Weights): WindowMaps {
  const height = { input: g.h, output: g.p, window: g.r, stride: g.strideHeight, dilation: g.dilationHeight };
  const width = { input: g.w, output: g.q, window: g.s, stride: g.strideWidth, dilation: g.dilationWidth };
  return {
    ...{ n: g.n, c: g.c, s: g.s },
    rows: mapOf({ ...height, padBegin: g.padTop, padEnd: g.padBottom }, weights),
    columns: mapOf({ ...width, padBegin: g.padLeft, padEnd: g.padRight }, weights),
  };
}

function mapOf(axis: WindowAxis, weights: Weights): AxisMap {
  const { input, output, stride } = axis;
  return keptMap(`window ${Object.values(axis)} ${weights}`, () =>
    axisMap(output, input, { period: 1, step: stride }, (o) => tapsOf(o, axis, weights)),
  );
}

function tapsOf(o: number, { input, window, stride, dilation, padBegin, padEnd }: WindowAxis, weights: Weights): Tap[] {
  const positions = Array.from(
    { length: window },
    (_, tap): WindowTap => ({ tap, at: o * stride - padBegin + tap * dilation }),
  );
  const padded = positions.filter(({ at }) => at < input + padEnd);
  const taps = padded.filter(({ at }) => at >= 0 && at < input);
  const share = 1 / (weights === "shares" ? taps.length : padded.length);
  return taps.map(({ at, tap }) => ({ at, weight: weights === "numbers" ? tap : share }));
}
