import fc from "fast-check";
import type { PadMode } from "../../src/core/attributes.js";
import { type AlgorithmRequest, FAMILIES } from "../../src/ops/conv/families/index.js";
import { type Conv2dWalkOptions, conv2dProducts } from "./float64/conv2d.js";
import {
  type ConvTranspose2dWalkOptions,
  convTranspose2dOutputShape,
  convTranspose2dProducts,
  leavesAnOutput,
  type TransposedFilterLayout,
} from "./float64/convTranspose2d.js";
import { type FilterLayout, filterShape, type ImageLayout, imageShape, imageView, sizeOf } from "./float64/operand.js";
import type { CropOptions, Pad2dOptions } from "./float64/pad2d.js";
import { everyWindowHoldsInput, type Pool2dOptions, pool2dOutputShape } from "./float64/pool2d.js";
import { type Resample2dOptions, resample2dOutputShape } from "./float64/resample2d.js";
import { type Pair, pair, type Sides, sides, type WindowOptions } from "./float64/window.js";

/** Random geometries for property tests. Each case is small: below 1 MFLOP a pass, and below 2¹⁷ elements a tensor. */
const MAX_PRODUCTS = 500_000;
const MAX_ELEMENTS = 2 ** 17;

/** The families that "auto" chooses from. Their error bound is that of a sum of products. */
export const CONV2D_ALGORITHMS = FAMILIES.filter(({ automatic }) => automatic !== "never").map(({ name }) => name);

/** `options` and `algorithm` fit the forward and every backward; `bias` and `activation` are for the forward only. */
export interface Conv2dCase {
  readonly xShape: readonly number[];
  readonly wShape: readonly number[];
  readonly options: Conv2dWalkOptions;
  readonly algorithm: AlgorithmRequest;
  readonly bias: boolean;
  readonly activation: "none" | "relu";
  readonly seed: number;
}

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

/** `options` fits the forward and the backward; `bias` and `activation` are for the forward only. */
export interface ConvTranspose2dCase {
  readonly xShape: readonly number[];
  readonly wShape: readonly number[];
  readonly options: ConvTranspose2dWalkOptions;
  /** The output channels of all groups. */
  readonly channels: number;
  readonly bias: boolean;
  readonly activation: "none" | "relu";
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

const seed = fc.nat({ max: 2 ** 31 - 1 });
const batch = fc.integer({ min: 1, max: 3 });
const imageLayout = fc.constantFrom<ImageLayout>("nhwc", "nchw");

/** Channel counts: all small ones, and sometimes one at the edge of a kernel's tile. */
const channels = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16) },
  { weight: 1, arbitrary: fc.constantFrom(15, 17, 31, 32, 33) },
);

/** One number for both directions, or one for each. */
function pairOf(min: number, max: number): fc.Arbitrary<Pair> {
  const number = fc.integer({ min, max });
  return fc.oneof(number, fc.tuple(number, number));
}

/** Explicit padding up to `max`: the same on all sides, on one side only, or anything. */
function sidesUpTo(max: number): fc.Arbitrary<number | Sides> {
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
function windowOptions(maxPadding: number): fc.Arbitrary<WindowOptions> {
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
function inputExtent(
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

/** Groups of one, several or every channel (depthwise), with the numbers of input and output channels of each. */
const channelGroups: fc.Arbitrary<{ groups?: number; cPerGroup: number; kPerGroup: number }> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ cPerGroup: channels, kPerGroup: channels }) },
  {
    weight: 2,
    arbitrary: fc.record({ groups: fc.integer({ min: 1, max: 4 }), cPerGroup: channels, kPerGroup: channels }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      groups: channels,
      cPerGroup: fc.constant(1),
      kPerGroup: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

/** Convolutions: rectangular windows up to 5 × 5, and every combination of options. */
export function conv2dCase(): fc.Arbitrary<Conv2dCase> {
  const extent = fc.integer({ min: 1, max: 5 });
  return fc
    .record({
      n: batch,
      r: extent,
      s: extent,
      channelGroups,
      walk: windowOptions(4),
      layouts: fc.record(
        { inputLayout: imageLayout, filterLayout: fc.constantFrom<FilterLayout>("hwio", "oihw", "ohwi", "ihwo") },
        { requiredKeys: [] },
      ),
      algorithm: fc.constantFrom("auto", ...CONV2D_ALGORITHMS),
      bias: fc.boolean(),
      activation: fc.constantFrom<"none" | "relu">("none", "relu"),
      seed,
    })
    .chain(({ n, r, s, channelGroups, walk, layouts, algorithm, bias, activation, seed }) => {
      const { groups, cPerGroup, kPerGroup } = channelGroups;
      const options: Conv2dWalkOptions = { ...walk, ...layouts, ...(groups === undefined ? {} : { groups }) };
      const c = cPerGroup * (groups ?? 1);
      const k = kPerGroup * (groups ?? 1);
      const wShape = filterShape(options.filterLayout ?? "hwio", r, s, cPerGroup, k);
      const shapeOf = (h: number, w: number) => imageShape(options.inputLayout ?? "nhwc", n, h, w, c);
      const maxPixels = Math.floor(MAX_PRODUCTS / (n * k * cPerGroup * r * s));
      return inputExtent(0, [r, s], 1, walk, Math.min(17, maxPixels))
        .chain((h) => {
          const p = Math.ceil(h / pair(walk.strides ?? 1)[0]);
          return inputExtent(1, [r, s], 1, walk, Math.min(17, Math.floor(maxPixels / p))).map((w) => shapeOf(h, w));
        })
        .map((xShape) => ({ xShape, wShape, options, algorithm, bias, activation, seed }));
    })
    .filter(
      ({ xShape, wShape, options }) =>
        sizeOf(xShape) <= MAX_ELEMENTS && conv2dProducts(xShape, wShape, options) <= MAX_PRODUCTS,
    );
}

/** Transposed convolutions: rectangular windows up to 5 × 5, and every combination of options. The padding leaves at least one output. */
export function convTranspose2dCase(): fc.Arbitrary<ConvTranspose2dCase> {
  const extent = fc.integer({ min: 1, max: 5 });
  return fc
    .record({
      n: batch,
      h: fc.integer({ min: 1, max: 9 }),
      width: fc.integer({ min: 1, max: 9 }),
      r: extent,
      s: extent,
      channelGroups,
      walk: fc.record(
        {
          strides: pairOf(1, 4),
          padding: fc.oneof(
            { weight: 3, arbitrary: sidesUpTo(3) },
            { weight: 1, arbitrary: fc.constantFrom<"same" | "valid">("same", "valid") },
          ),
          dilations: pairOf(1, 3),
        },
        { requiredKeys: [] },
      ),
      extra: fc.constantFrom("none", "outputPadding", "outputSizes"),
      extraPixels: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
      layouts: fc.record(
        {
          inputLayout: imageLayout,
          filterLayout: fc.constantFrom<TransposedFilterLayout>("hwoi", "iohw", "ohwi", "hwio"),
        },
        { requiredKeys: [] },
      ),
      bias: fc.boolean(),
      activation: fc.constantFrom<"none" | "relu">("none", "relu"),
      seed,
    })
    .map(({ n, h, width, r, s, channelGroups, walk, extra, extraPixels, layouts, bias, activation, seed }) => {
      const { groups, cPerGroup, kPerGroup } = channelGroups;
      const c = cPerGroup * (groups ?? 1);
      const extents = new Map(Object.entries({ h: r, w: s, o: kPerGroup, i: c }));
      const wShape = [...(layouts.filterLayout ?? "hwoi")].map((letter) => extents.get(letter) ?? 0);
      const xShape = imageShape(layouts.inputLayout ?? "nhwc", n, h, width, c);
      // Fewer than the strides, and none with "same".
      const strides = pair(walk.strides ?? 1);
      const more: Pair = walk.padding === "same" ? [0, 0] : [extraPixels[0] % strides[0], extraPixels[1] % strides[1]];
      const plain = { ...walk, ...layouts, ...(groups === undefined ? {} : { groups }) };
      const options: ConvTranspose2dWalkOptions = extra === "none" ? plain : { ...plain, outputPadding: more };
      return { xShape, wShape, options, extra, channels: kPerGroup * (groups ?? 1), bias, activation, seed };
    })
    .filter(({ xShape, wShape, options }) => {
      if (!leavesAnOutput(xShape, wShape, options)) return false;
      return convTranspose2dProducts(xShape, wShape, options) <= MAX_PRODUCTS;
    })
    .map(({ extra, ...rest }) => {
      if (extra !== "outputSizes") return rest;
      const { outputPadding, ...options } = rest.options;
      const y = imageView(convTranspose2dOutputShape(rest.xShape, rest.wShape, rest.options), options.inputLayout);
      return { ...rest, options: { ...options, outputSizes: [y.h, y.w] as const } };
    });
}

/** Pools: rectangular windows up to 5 × 5, and every combination of options. No window lies completely in the padding. */
export function pool2dCase(): fc.Arbitrary<Pool2dCase> {
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
  const extent = fc.integer({ min: 1, max: 9 });
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
  const left = fc.integer({ min: 1, max: 6 });
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
  const extent = fc.integer({ min: 1, max: 12 });
  return fc
    .record({ n: batch, h: extent, w: extent, c: channels, layout: imageLayout, seed })
    .map(({ n, h, w, c, layout, seed }) => ({ xShape: imageShape(layout, n, h, w, c), layout, seed }));
}

/** Paddings in all modes; a reflection stays below the extent that it mirrors, and a symmetric one is at most equal to it. */
export function pad2dCase(): fc.Arbitrary<Pad2dCase> {
  return fc
    .record({
      n: batch,
      h: fc.integer({ min: 1, max: 12 }),
      w: fc.integer({ min: 1, max: 12 }),
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
