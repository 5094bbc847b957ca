import fc from "fast-check";
import type { CropAndResizeOptions } from "./float64/cropAndResize.js";
import type { BlockOptions } from "./float64/depthToSpace.js";
import { type ImageLayout, imageShape, type Operand, sizeOf } from "./float64/operand.js";

/** Each case is small: below 2¹⁷ elements a tensor. */
const MAX_ELEMENTS = 2 ** 17;

const seed = fc.nat({ max: 2 ** 31 - 1 });

export interface ConcatCase {
  readonly shapes: readonly (readonly number[])[];
  readonly axis: number;
  readonly seed: number;
}

export interface SliceCase {
  readonly shape: readonly number[];
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly seed: number;
}

/** Tensors of up to five axes that differ along one axis, counted from either end. */
export function concatCase(): fc.Arbitrary<ConcatCase> {
  const extent = fc.constantFrom<number>(1, 2, 3, 4, 5, 8);
  return fc
    .array(extent, { minLength: 1, maxLength: 5 })
    .chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        position: fc.nat({ max: shape.length - 1 }),
        fromTheEnd: fc.boolean(),
        extents: fc.array(fc.constantFrom(1, 2, 3, 4, 8, 12), { minLength: 1, maxLength: 4 }),
        seed,
      }),
    )
    .map(({ shape, position, fromTheEnd, extents, seed }) => ({
      shapes: extents.map((extent) => shape.with(position, extent)),
      axis: fromTheEnd ? position - shape.length : position,
      seed,
    }));
}

/** Blocks of tensors of up to six axes. Along some axes the block is the whole tensor. */
export function sliceCase(): fc.Arbitrary<SliceCase> {
  const cut = fc
    .record({
      before: fc.constantFrom(0, 0, 1, 3, 4),
      size: fc.constantFrom(1, 2, 3, 4, 5, 8),
      after: fc.nat({ max: 4 }),
    })
    .map(({ before, size, after }) => ({ whole: before + size + after, start: before, size }));
  const everything = fc.integer({ min: 1, max: 8 }).map((whole) => ({ whole, start: 0, size: whole }));
  return fc
    .record({ cuts: fc.array(fc.oneof(cut, everything), { minLength: 1, maxLength: 6 }), seed })
    .filter(({ cuts }) => cuts.reduce((size, { whole }) => size * whole, 1) <= 2 ** 15)
    .map(({ cuts, seed }) => ({
      shape: cuts.map(({ whole }) => whole),
      starts: cuts.map(({ start }) => start),
      sizes: cuts.map(({ size }) => size),
      seed,
    }));
}

/** Shapes of rank 0 to 8, including scalars and sizes that four divides. */
export function anyShape(): fc.Arbitrary<readonly number[]> {
  const small = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 });
  const long = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3000 }));
  return fc.oneof(small, long).filter((shape) => sizeOf(shape) <= MAX_ELEMENTS);
}

/** Difficult values for a comparison, a maximum or a product. */
export const SPECIAL_VALUES = Float32Array.of(
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -1e-30,
  1e-30,
  3e38,
  -3e38,
);

/** Two shapes that broadcast, up to rank 8: equal ones, a bias, a scalar, and any mixture of stretched and missing axes. */
export function broadcastingShapes(): fc.Arbitrary<readonly [a: readonly number[], b: readonly number[]]> {
  const extents = fc.constantFrom(1, 2, 3, 4, 8);
  const axis = fc.record({ extent: extents, stretched: fc.constantFrom("neither", "neither", "a", "b") });
  const mixed = fc
    .record({ axes: fc.array(axis, { maxLength: 8 }), missing: fc.nat({ max: 8 }), swap: fc.boolean() })
    .map(({ axes, missing, swap }) => {
      const a = axes.map(({ extent, stretched }) => (stretched === "a" ? 1 : extent));
      const b = axes.map(({ extent, stretched }) => (stretched === "b" ? 1 : extent)).slice(missing);
      return swap ? ([b, a] as const) : ([a, b] as const);
    });
  const bias = fc
    .tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 70 }))
    .map(([rows, channels]) => [[rows, channels], [channels]] as const);
  return fc.oneof({ weight: 3, arbitrary: mixed }, bias).filter(([a, b]) => sizeOf(a) * sizeOf(b) <= 2 ** 24);
}

/** The axes before the matrices of two factors. */
export type Batch = readonly [a: readonly number[], b: readonly number[]];

/** Up to four short axes before the matrices. Each factor may lack some. */
export function batchCase(): fc.Arbitrary<Batch> {
  const axis = fc.record({
    extent: fc.constantFrom(1, 2, 3),
    stretched: fc.constantFrom("neither", "neither", "a", "b"),
  });
  return fc
    .record({ axes: fc.array(axis, { minLength: 1, maxLength: 4 }), missing: fc.nat({ max: 4 }), swap: fc.boolean() })
    .filter(({ axes }) => axes.reduce((size, { extent }) => size * extent, 1) <= 12)
    .map(({ axes, missing, swap }) => {
      const a = axes.map(({ extent, stretched }) => (stretched === "a" ? 1 : extent));
      const b = axes.map(({ extent, stretched }) => (stretched === "b" ? 1 : extent)).slice(missing);
      return swap ? [b, a] : [a, b];
    });
}

export interface GatherCase {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly indices: { readonly data: Float32Array; readonly shape: readonly number[] };
  readonly seed: number;
}

/** Rows along any axis of up to five, and indices of any shape, from both ends and sometimes without a row. */
export function gatherCase(): fc.Arbitrary<GatherCase> {
  const extent = fc.constantFrom(1, 2, 3, 4, 5, 8, 16);
  return fc
    .record({
      shape: fc.array(extent, { minLength: 1, maxLength: 5 }),
      indexShape: fc.array(fc.constantFrom(1, 2, 3, 7), { maxLength: 3 }),
      seed,
    })
    .filter(({ shape, indexShape }) => sizeOf(shape) * sizeOf(indexShape) <= 2 ** 14)
    .chain(({ shape, indexShape, seed }) =>
      fc.integer({ min: -shape.length, max: shape.length - 1 }).chain((axis) => {
        const rows = shape.at(axis) ?? 1;
        const count = sizeOf(indexShape);
        const index = fc.oneof(
          { weight: 8, arbitrary: fc.integer({ min: -rows, max: rows - 1 }) },
          fc.constantFrom(rows, -rows - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -3e38, 2 ** 31, 2 ** 32),
        );
        return fc
          .array(index, { minLength: count, maxLength: count })
          .map((values) => ({ shape, axis, indices: { data: Float32Array.from(values), shape: indexShape }, seed }));
      }),
    );
}

/** A shape and some or all of its axes, counted from either end. */
export function reductionCase(): fc.Arbitrary<{
  readonly shape: readonly number[];
  readonly options: { readonly axes?: readonly number[]; readonly keepDimensions?: boolean };
}> {
  const small = fc.array(fc.constantFrom(1, 2, 3, 4, 5, 8), { maxLength: 8 });
  const long = fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.constantFrom(1, 2, 4, 7, 8));
  const longer = fc.tuple(fc.constantFrom(1, 2, 4, 7, 8), fc.integer({ min: 1, max: 4000 }));
  return fc
    .oneof({ weight: 2, arbitrary: small }, long, longer)
    .filter((shape) => sizeOf(shape) <= MAX_ELEMENTS)
    .chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        options: fc.record(
          {
            axes: fc
              .shuffledSubarray([...shape.keys()])
              .chain((axes) => fc.tuple(...axes.map((axis) => fc.constantFrom<number>(axis, axis - shape.length)))),
            keepDimensions: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
      }),
    );
}

export interface BlockCase {
  /** The shapes of one image with blocks of pixels in its channels, and with blocks spread over pixels. */
  readonly deepShape: readonly number[];
  readonly wideShape: readonly number[];
  readonly options: BlockOptions;
  readonly seed: number;
}

/** Images with blocks of pixels as channels. */
export function blockCase(): fc.Arbitrary<BlockCase> {
  const extent = fc.integer({ min: 1, max: 5 });
  const options = fc.record(
    {
      blockSize: fc.integer({ min: 1, max: 4 }),
      mode: fc.constantFrom<"DCR" | "CRD">("DCR", "CRD"),
      layout: fc.constantFrom<ImageLayout>("nhwc", "nchw"),
    },
    { requiredKeys: ["blockSize"] },
  );
  return fc
    .record({ n: extent, h: extent, w: extent, c: fc.constantFrom(1, 2, 3, 4, 8), options, seed })
    .map(({ n, h, w, c, options, seed }) => {
      const { blockSize: b, layout = "nhwc" } = options;
      const wideShape = imageShape(layout, n, h * b, w * b, c);
      return { deepShape: imageShape(layout, n, h, w, c * b * b), wideShape, options, seed };
    });
}

export interface CropAndResizeCase {
  readonly imagesShape: readonly number[];
  readonly boxes: Operand;
  readonly boxIndices: Operand;
  readonly options: CropAndResizeOptions;
  readonly seed: number;
}

/** Boxes of images: whole images and eighths, flipped, empty, partly outside, and with corners that float32 rounds. */
export function cropAndResizeCase(): fc.Arbitrary<CropAndResizeCase> {
  const extent = fc.integer({ min: 1, max: 9 });
  const size = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.constant(17));
  const eighths = fc.integer({ min: -4, max: 12 }).map((k) => k / 8);
  const corner = fc.oneof(fc.constantFrom(0, 1), eighths, fc.double({ min: -0.3, max: 1.3, noNaN: true }));
  const options = fc.record(
    {
      size: fc.oneof(size, fc.tuple(size, size)),
      mode: fc.constantFrom<"bilinear" | "nearest">("bilinear", "nearest"),
      extrapolationValue: fc.constantFrom(0, -1, 0.1),
      layout: fc.constantFrom<ImageLayout>("nhwc", "nchw"),
    },
    { requiredKeys: ["size"] },
  );
  return fc
    .record({
      n: fc.integer({ min: 1, max: 3 }),
      h: extent,
      w: extent,
      c: fc.constantFrom(1, 2, 3, 4, 7, 8),
      options,
      seed,
    })
    .chain(({ n, h, w, c, options, seed }) =>
      fc
        .array(fc.tuple(fc.integer({ min: -1, max: n }), corner, corner, corner, corner), {
          minLength: 1,
          maxLength: 6,
        })
        .map((boxes) => ({
          imagesShape: imageShape(options.layout ?? "nhwc", n, h, w, c),
          boxes: { data: Float32Array.from(boxes.flatMap(([, ...corners]) => corners)), shape: [boxes.length, 4] },
          boxIndices: { data: Float32Array.from(boxes.map(([index]) => index)), shape: [boxes.length] },
          options,
          seed,
        })),
    );
}
