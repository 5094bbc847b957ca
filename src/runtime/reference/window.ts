import type { WindowGeometry } from "../../core/geometry.js";

/** One window of a pool over all channels, its positions in elements of the first channel. */
export interface Window {
  /** The position of its output. */
  output: number;
  /** The positions of its taps inside the input, in row-major order. */
  readonly taps: number[];
  /** The number of taps in the input or its declared padding. */
  paddedCount: number;
}

/** Visits every window of a batch in nhwc, in row-major order. The window object is reused, so do not keep it. */
export function forEachWindow(g: WindowGeometry, visit: (window: Readonly<Window>) => void): void {
  const window: Window = { output: 0, taps: [], paddedCount: 0 };
  for (let n = 0; n < g.n; n++) {
    for (let p = 0; p < g.p; p++) {
      for (let q = 0; q < g.q; q++) {
        window.taps.length = 0;
        window.paddedCount = 0;
        for (let r = 0; r < g.r; r++) {
          const h = p * g.strideHeight + r * g.dilationHeight - g.padTop;
          for (let s = 0; s < g.s; s++) {
            const column = q * g.strideWidth + s * g.dilationWidth - g.padLeft;
            if (h < g.h + g.padBottom && column < g.w + g.padRight) window.paddedCount++;
            const inside = h >= 0 && h < g.h && column >= 0 && column < g.w;
            if (inside) window.taps.push(((n * g.h + h) * g.w + column) * g.c);
          }
        }
        visit(window);
        window.output += g.c;
      }
    }
  }
}
