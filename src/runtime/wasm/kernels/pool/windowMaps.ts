import type { WindowGeometry } from "../../../../core/geometry.js";
import { type AxisMap, axisMap } from "../kit/axisMap.js";
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
  return mapsOf(g, (_, taps) => taps.map(({ at, tap }) => ({ at, weight: tap })));
}

/** The elements of each window, with equal weights whose sum is 1, or less if padding counts. */
export function averagingMaps(g: WindowGeometry, countIncludePad: boolean): WindowMaps {
  return mapsOf(g, (paddedCount, taps) => {
    const weight = 1 / (countIncludePad ? paddedCount : taps.length);
    return taps.map(({ at }) => ({ at, weight }));
  });
}

/** An element of a window by its number in the window. */
interface WindowTap {
  readonly tap: number;
  readonly at: number;
}

type Weigh = (paddedCount: number, taps: readonly WindowTap[]) => readonly { at: number; weight: number }[];

function mapsOf(g: WindowGeometry, weigh: Weigh): WindowMaps {
  const height = { input: g.h, output: g.p, window: g.r, stride: g.strideHeight, dilation: g.dilationHeight };
  const width = { input: g.w, output: g.q, window: g.s, stride: g.strideWidth, dilation: g.dilationWidth };
  return {
    ...{ n: g.n, c: g.c, s: g.s },
    rows: mapOf({ ...height, padBegin: g.padTop, padEnd: g.padBottom }, weigh),
    columns: mapOf({ ...width, padBegin: g.padLeft, padEnd: g.padRight }, weigh),
  };
}

function mapOf({ input, output, window, stride, dilation, padBegin, padEnd }: WindowAxis, weigh: Weigh): AxisMap {
  return axisMap(output, input, { period: 1, step: stride }, (o) => {
    const positions = Array.from({ length: window }, (_, tap) => ({
      tap,
      at: o * stride - padBegin + tap * dilation,
    }));
    const padded = positions.filter(({ at }) => at < input + padEnd);
    return weigh(
      padded.length,
      padded.filter(({ at }) => at >= 0 && at < input),
    );
  });
}
