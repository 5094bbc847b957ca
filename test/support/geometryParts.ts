import fc from "fast-check";
import type { ImageLayout } from "./float64/operand.js";
import { type Pair, pair, type Sides, sides, type WindowOptions } from "./float64/window.js";

// What random geometries are made of. Each case is small: below 1 MFLOP a pass, and below 2¹⁷ elements a tensor.

export const MAX_PRODUCTS = 500_000;
export const MAX_ELEMENTS = 2 ** 17;

export const seed = fc.nat({ max: 2 ** 31 - 1 });
export const batch = fc.integer({ min: 1, max: 3 });
export const imageLayout = fc.constantFrom<ImageLayout>("nhwc", "nchw");

/** Channel counts: all small ones, and sometimes one at the edge of a kernel's tile. */
export const channels = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16) },
  { weight: 1, arbitrary: fc.constantFrom(15, 17, 31, 32, 33) },
);

/** One number for both directions, or one for each. */
export function pairOf(min: number, max: number): fc.Arbitrary<Pair> {
  const number = fc.integer({ min, max });
  return fc.oneof(number, fc.tuple(number, number));
}

/** Explicit padding up to `max`: the same on all sides, on one side only, or anything. */
export function sidesUpTo(max: number): fc.Arbitrary<number | Sides> {
  const number = fc.integer({ min: 0, max });
  const oneSided = fc
    .tuple(fc.nat({ max: 3 }), number)
    .map(
      ([side, amount]): Sides => [
        side === 0 ? amount : 0,
        side === 1 ? amount : 0,
        side === 2 ? amount : 0,
        side === 3 ? amount : 0,
      ],
    );
  return fc.oneof(number, oneSided, fc.tuple(number, number, number, number));
}

/** Every option of a window may be left out. `strides` go up to 4, which is larger than many windows. */
export function windowOptions(maxPadding: number): fc.Arbitrary<WindowOptions> {
  return fc.record(
    {
      strides: pairOf(1, 4),
      padding: fc.oneof(
        { weight: 3, arbitrary: sidesUpTo(maxPadding) },
        { weight: 1, arbitrary: fc.constantFrom<"same" | "valid">("same", "valid") },
      ),
      dilations: pairOf(1, 3),
      outputShapeRounding: fc.constantFrom<"floor" | "ceil">("floor", "ceil"),
    },
    { requiredKeys: [] },
  );
}

/**
 * An input extent, along height (0) or width (1), that gives 1 to about `maxOutputs` outputs. The smallest padded input
 * holds exactly one window. With ceil, this window may overhang it by less than a stride.
 */
export function inputExtent(
  direction: 0 | 1,
  window: Pair,
  defaultStride: Pair,
  options: WindowOptions,
  maxOutputs: number,
): fc.Arbitrary<number> {
  const { padding = 0 } = options;
  const [beginHeight, endHeight, beginWidth, endWidth] = sides(typeof padding === "string" ? 0 : padding);
  const declared = direction === 0 ? beginHeight + endHeight : beginWidth + endWidth;
  const span = (pair(window)[direction] - 1) * pair(options.dilations ?? 1)[direction] + 1;
  const stride = pair(options.strides ?? defaultStride)[direction];
  const overhang = options.outputShapeRounding === "ceil" ? stride - 1 : 0;
  const min = padding === "same" ? 1 : Math.max(1, span - declared - overhang);
  const max = min + Math.max(1, maxOutputs) * stride - 1;
  return fc.integer({ min, max });
}

/** An extent of an image, often 1. */
export function extentUpTo(most: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: most }) }, fc.constant(1));
}
