import fc from "fast-check";
import type { Sides } from "./float64/window.js";
import { extentUpTo } from "./geometryParts.js";

// Geometries that kernels treat in a way of their own. Independent random numbers seldom give them.

/** How windows lie along one axis. The padding is the same on both sides. */
interface AxisForm {
  readonly extent: number;
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });

/** One position of the window, which is the whole image. Its stride means nothing. */
const whole: fc.Arbitrary<AxisForm> = fc
  .record({ window: extentUpTo(5), stride: upTo(5) })
  .map((form) => ({ ...form, extent: form.window, padding: 0 }));

/** Windows side by side that fill the image. */
const sideBySide: fc.Arbitrary<AxisForm> = fc
  .record({ window: upTo(4), count: upTo(5) })
  .map(({ window, count }) => ({ window, stride: window, extent: count * window, padding: 0 }));

/** Windows of one pixel. */
const pixels: fc.Arbitrary<AxisForm> = fc
  .record({ extent: upTo(9), stride: upTo(2) })
  .map((form) => ({ ...form, window: 1, padding: 0 }));

/** Neither strides nor padding. */
const plain: fc.Arbitrary<AxisForm> = fc
  .record({ window: upTo(3), more: upTo(7) })
  .map(({ window, more }) => ({ window, stride: 1, extent: window + more, padding: 0 }));

/** A padding that keeps the extent, also of an image that is smaller than the window. */
const same: fc.Arbitrary<AxisForm> = fc
  .record({ padding: upTo(2), extent: extentUpTo(7) })
  .map(({ padding, extent }) => ({ window: 2 * padding + 1, stride: 1, extent, padding }));

/** Two axes, and the options of their windows. */
export interface WindowForm {
  readonly extents: readonly [height: number, width: number];
  readonly window: readonly [height: number, width: number];
  /** The numbers of positions that the window has: the extents of a transposed convolution's input. */
  readonly positions: readonly [height: number, width: number];
  readonly walk: { readonly strides: readonly [height: number, width: number]; readonly padding?: Sides };
}

const FORMS = [whole, sideBySide, pixels, plain, same];

/** Height and width, of the same form or of any two. */
export const windowForm: fc.Arbitrary<WindowForm> = fc
  .oneof(...FORMS.map((form) => fc.tuple(form, form)), {
    weight: FORMS.length,
    arbitrary: fc.tuple(fc.oneof(...FORMS), fc.oneof(...FORMS)),
  })
  .map(([height, width]) => ({
    extents: [height.extent, width.extent],
    window: [height.window, width.window],
    positions: [positionsOf(height), positionsOf(width)],
    walk: {
      strides: [height.stride, width.stride],
      ...(height.padding + width.padding > 0
        ? { padding: [height.padding, height.padding, width.padding, width.padding] }
        : {}),
    },
  }));

function positionsOf({ extent, window, stride, padding }: AxisForm): number {
  return Math.floor((extent + 2 * padding - window) / stride) + 1;
}
