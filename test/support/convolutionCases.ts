import fc from "fast-check";
import { type AlgorithmRequest, FAMILIES } from "../../src/ops/conv/families/index.js";
import { type Conv2dWalkOptions, conv2dProducts } from "./float64/conv2d.js";
import {
  type ConvTranspose2dWalkOptions,
  convTranspose2dOutputShape,
  convTranspose2dProducts,
  leavesAnOutput,
  type TransposedFilterLayout,
} from "./float64/convTranspose2d.js";
import { type FilterLayout, filterShape, imageShape, imageView, sizeOf } from "./float64/operand.js";
import { type Pair, pair } from "./float64/window.js";
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

/** Mostly one group, else every channel for itself. */
const specialGroups: typeof channelGroups = fc.oneof(
  { weight: 3, arbitrary: fc.record({ cPerGroup: channels, kPerGroup: channels }) },
  { weight: 1, arbitrary: channels.map((groups) => ({ groups, cPerGroup: 1, kPerGroup: 1 })) },
);

/** Convolutions: any, and those that kernels treat in a way of their own. */
export function conv2dCase(): fc.Arbitrary<Conv2dCase> {
  return fc.oneof({ weight: 3, arbitrary: anyConv2d() }, { weight: 2, arbitrary: specialConv2d() });
}

/** Rectangular windows up to 5 × 5, and every combination of options. */
function anyConv2d(): fc.Arbitrary<Conv2dCase> {
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

function specialConv2d(): fc.Arbitrary<Conv2dCase> {
  return fc
    .record({
      n: batch,
      form: windowForm,
      channelGroups: specialGroups,
      algorithm: fc.constantFrom("auto", ...CONV2D_ALGORITHMS),
      bias: fc.boolean(),
      activation: fc.constantFrom<"none" | "relu">("none", "relu"),
      seed,
    })
    .map(({ n, form, channelGroups, ...rest }) => {
      const { groups = 1, cPerGroup, kPerGroup } = channelGroups;
      const xShape = [n, ...form.extents, cPerGroup * groups];
      return {
        ...rest,
        xShape,
        wShape: [...form.window, cPerGroup, kPerGroup * groups],
        options: { ...form.walk, groups },
      };
    })
    .filter(({ xShape, wShape, options }) => conv2dProducts(xShape, wShape, options) <= MAX_PRODUCTS);
}

/** Transposed convolutions: any, and those that kernels treat in a way of their own. */
export function convTranspose2dCase(): fc.Arbitrary<ConvTranspose2dCase> {
  return fc.oneof({ weight: 3, arbitrary: anyConvTranspose2d() }, { weight: 2, arbitrary: specialConvTranspose2d() });
}

function specialConvTranspose2d(): fc.Arbitrary<ConvTranspose2dCase> {
  return fc
    .record({
      n: batch,
      form: windowForm,
      channelGroups: specialGroups,
      bias: fc.boolean(),
      activation: fc.constantFrom<"none" | "relu">("none", "relu"),
      seed,
    })
    .map(({ n, form, channelGroups, ...rest }) => {
      const { groups = 1, cPerGroup, kPerGroup } = channelGroups;
      const channels = kPerGroup * groups;
      const xShape = [n, ...form.positions, cPerGroup * groups];
      const wShape = [...form.window, kPerGroup, cPerGroup * groups];
      return { ...rest, xShape, wShape, channels, options: { ...form.walk, groups } };
    })
    .filter(({ xShape, wShape, options }) => {
      if (!leavesAnOutput(xShape, wShape, options)) return false;
      return convTranspose2dProducts(xShape, wShape, options) <= MAX_PRODUCTS;
    });
}

/** Rectangular windows up to 5 × 5, and every combination of options. The padding leaves at least one output. */
function anyConvTranspose2d(): fc.Arbitrary<ConvTranspose2dCase> {
  const extent = fc.integer({ min: 1, max: 5 });
  return fc
    .record({
      n: batch,
      h: extentUpTo(9),
      width: extentUpTo(9),
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
