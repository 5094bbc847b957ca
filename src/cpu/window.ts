import type { WindowGeometry } from "../geometry.js";

/** One window of a pool: which of its taps lie in the input. */
export interface Window {
  /** Position of the output in the image, in elements of its first channel. */
  readonly output: number;
  /** Positions of the taps inside the input, in row-major order, likewise. */
  readonly taps: readonly number[];
  /** How many taps lie in the input or its declared padding. */
  readonly paddedCount: number;
}

/** The windows of one image in nhwc, in row-major order: the same for every image and channel. */
export function windowsOf(g: WindowGeometry): Window[] {
  const windows: Window[] = [];
  for (let p = 0; p < g.p; p++) {
    for (let q = 0; q < g.q; q++) {
      const taps: number[] = [];
      let paddedCount = 0;
      for (let r = 0; r < g.r; r++) {
        const h = p * g.strideHeight + r * g.dilationHeight - g.padTop;
        for (let s = 0; s < g.s; s++) {
          const column = q * g.strideWidth + s * g.dilationWidth - g.padLeft;
          if (h < g.h + g.padBottom && column < g.w + g.padRight) paddedCount++;
          if (h >= 0 && h < g.h && column >= 0 && column < g.w) taps.push((h * g.w + column) * g.c);
        }
      }
      windows.push({ output: (p * g.q + q) * g.c, taps, paddedCount });
    }
  }
  return windows;
}
