import fc from "fast-check";
import type { PadMode } from "../../src/core/attributes.js";
import { type ImageLayout, imageShape, sizeOf } from "./float64/operand.js";
import type { CropOptions, Pad2dOptions } from "./float64/pad2d.js";
import { everyWindowHoldsInput, type Pool2dOptions, pool2dOutputShape } from "./float64/pool2d.js";
import { type Resample2dOptions, resample2dOutputShape } from "./float64/resample2d.js";
import { pair, type Sides, sides } from "./float64/window.js";
import {
  batch,
  channels,
  extentUpTo,
  imageLayout,
  inputExtent,
  MAX_ELEMENTS,
  MAX_PRODUCTS,
  pairOf,
  seed,
  sidesUpTo,
  windowOptions,
} from "./geometryParts.js";
import { windowForm } from "./windowForms.js";

// Random geometries for property tests. `convolutionCases.ts` has those of convolutions.

/** `options` fits both pools and both backwards; `ties` is for maxPool2dBackward, `countIncludePad` for averages. */
export interface Pool2dCase {
  readonly xShape: readonly number[];
  readonly options: Pool2dOptions;
  readonly ties: "first" | "all";
  readonly countIncludePad: boolean;
  readonly seed: number;
}

export interface Pad2dCase {
  readonly xShape: readonly number[];
  readonly options: Pad2dOptions;
  readonly seed: number;
}

export interface Resample2dCase {
  readonly xShape: readonly number[];
  readonly options: Resample2dOptions;
  readonly seed: number;
}

export interface CropCase {
  readonly xShape: readonly number[];
  readonly options: CropOptions;
  readonly seed: number;
}

export interface ImageCase {
  readonly xShape: readonly number[];
  readonly layout: ImageLayout;
  readonly seed: number;
}

/** Pools: any, and those that kernels treat in a way of their own. */
export function pool2dCase(): fc.Arbitrary<Pool2dCase> {
  return fc.oneof({ weight: 3, arbitrary: anyPool2d() }, { weight: 2, arbitrary: specialPool2d() });
}

function specialPool2d(): fc.Arbitrary<Pool2dCase> {
  return fc
    .record({
      n: batch,
      c: channels,
      form: windowForm,
      ties: fc.constantFrom<"first" | "all">("first", "all"),
      countIncludePad: fc.boolean(),
      seed,
    })
    .map(({ n, c, form, ...rest }) => ({
      ...rest,
      xShape: [n, ...form.extents, c],
      options: { windowDimensions: form.window, ...form.walk },
    }));
}

/** Rectangular windows up to 5 × 5, and every combination of options. No window lies completely in the padding. */
function anyPool2d(): fc.Arbitrary<Pool2dCase> {
  return fc
    .record({
      n: batch,
      c: channels,
      windowDimensions: pairOf(1, 5),
      walk: windowOptions(3),
      layout: fc.record({ layout: imageLayout }, { requiredKeys: [] }),
      ties: fc.constantFrom<"first" | "all">("first", "all"),
      countIncludePad: fc.boolean(),
      seed,
    })
    .chain(({ n, c, windowDimensions, walk, layout, ties, countIncludePad, seed }) => {
      const options: Pool2dOptions = { windowDimensions, ...walk, ...layout };
      const extent = (direction: 0 | 1) => inputExtent(direction, windowDimensions, windowDimensions, walk, 9);
      return fc.tuple(extent(0), extent(1)).map(([h, w]) => {
        const xShape = imageShape(options.layout ?? "nhwc", n, h, w, c);
        return { xShape, options, ties, countIncludePad, seed };
      });
    })
    .filter(({ xShape, options }) => {
      const [height, width] = pair(options.windowDimensions);
      return (
        sizeOf(xShape) <= MAX_ELEMENTS &&
        sizeOf(pool2dOutputShape(xShape, options)) * height * width <= MAX_PRODUCTS &&
        everyWindowHoldsInput(xShape, options)
      );
    });
}

/** Resamplings to smaller and larger extents, by sizes, by whole scales and by fractions. */
export function resample2dCase(): fc.Arbitrary<Resample2dCase> {
  const extent = extentUpTo(9);
  const size = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.constantFrom(64, 73));
  const scale = fc.constantFrom(1, 2, 3, 1.5, 1.25, 2.7);
  const target = fc.oneof(
    fc.record({ sizes: fc.oneof(size, fc.tuple(size, size)) }),
    fc.record({ scales: fc.oneof(scale, fc.tuple(scale, scale)) }),
  );
  const way = fc.record(
    {
      mode: fc.constantFrom("nearest-neighbor" as const, "nearest" as const, "linear" as const),
      coordinates: fc.constantFrom("halfPixel" as const, "alignCorners" as const, "asymmetric" as const),
      layout: imageLayout,
    },
    { requiredKeys: ["mode"] },
  );
  return fc
    .record({ n: batch, h: extent, w: extent, c: channels, way, target, seed })
    .map(({ n, h, w, c, way, target, seed }) => ({
      xShape: imageShape(way.layout ?? "nhwc", n, h, w, c),
      options: { ...target, ...way },
      seed,
    }))
    .filter(({ xShape, options }) => sizeOf(resample2dOutputShape(xShape, options)) <= MAX_ELEMENTS);
}

/** Croppings that leave at least one pixel. */
export function cropCase(): fc.Arbitrary<CropCase> {
  const left = extentUpTo(6);
  return fc
    .record({ n: batch, p: left, q: left, c: channels, cropping: sidesUpTo(4), layout: imageLayout, seed })
    .map(({ n, p, q, c, cropping, layout, seed }) => {
      const [beginHeight, endHeight, beginWidth, endWidth] = sides(cropping);
      const xShape = imageShape(layout, n, beginHeight + p + endHeight, beginWidth + q + endWidth, c);
      return { xShape, options: { cropping, layout }, seed };
    });
}

/** Images of any extents. */
export function imageCase(): fc.Arbitrary<ImageCase> {
  const extent = extentUpTo(12);
  return fc
    .record({ n: batch, h: extent, w: extent, c: channels, layout: imageLayout, seed })
    .map(({ n, h, w, c, layout, seed }) => ({ xShape: imageShape(layout, n, h, w, c), layout, seed }));
}

/** Paddings in all modes; a reflection stays below the extent that it mirrors, and a symmetric one is at most equal to it. */
export function pad2dCase(): fc.Arbitrary<Pad2dCase> {
  return fc
    .record({
      n: batch,
      h: extentUpTo(12),
      w: extentUpTo(12),
      c: channels,
      padding: sidesUpTo(9),
      rest: fc.record(
        {
          mode: fc.constantFrom<PadMode>("constant", "reflection", "symmetric", "edge"),
          value: fc.constantFrom(0, -0.5, 0.1, 3),
          layout: imageLayout,
        },
        { requiredKeys: [] },
      ),
      seed,
    })
    .map(({ n, h, w, c, padding, rest, seed }) => {
      const most = { reflection: clamped(padding, h - 1, w - 1), symmetric: clamped(padding, h, w) };
      const fits = rest.mode === "reflection" || rest.mode === "symmetric" ? most[rest.mode] : padding;
      const options: Pad2dOptions = { padding: fits, ...rest };
      return { xShape: imageShape(options.layout ?? "nhwc", n, h, w, c), options, seed };
    });
}

/** Padding of at most this many rows and columns. */
function clamped(padding: number | Sides, rows: number, columns: number): number | Sides {
  if (typeof padding === "number") return Math.min(padding, rows, columns);
  const [beginHeight, endHeight, beginWidth, endWidth] = padding;
  return [
    Math.min(beginHeight, rows),
    Math.min(endHeight, rows),
    Math.min(beginWidth, columns),
    Math.min(endWidth, columns),
  ];
}
