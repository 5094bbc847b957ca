import fc from "fast-check";
import {
  Activation,
  AveragePooling2D,
  BatchNormalization,
  Conv2D,
  Conv2DTranspose,
  Cropping2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  GroupNormalization,
  type Layer,
  LayerNormalization,
  MaxPooling2D,
  Residual,
  SeparableConv2D,
  UpSampling2D,
  ZeroPadding2D,
} from "webgpu-cnn/nn";
import { ACTIVATIONS } from "../../../src/nn/activations.js";
import { describeLayers } from "../support/describeLayers.js";

const pair = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));
const side = fc.integer({ min: 0, max: 3 });
const padding = fc.oneof(
  fc.constantFrom("valid" as const, "same" as const),
  fc.integer({ min: 0, max: 2 }),
  fc.tuple(side, side, side, side),
);
const activation = fc.constantFrom(...ACTIVATIONS);
const convolution = {
  kernelSize: pair(1, 4),
  strides: pair(1, 4),
  dilationRate: pair(1, 3),
  padding,
  activation,
  useBias: fc.boolean(),
};
const pool = fc.record({ poolSize: pair(1, 4), strides: pair(1, 5), padding });
const affine = { epsilon: fc.constantFrom(1e-3, 1e-5), scale: fc.boolean(), center: fc.boolean() };
const sides = fc.tuple(pair(0, 2), pair(0, 2));

/** Layers of images [H, W, 4]. */
const IMAGE_LAYERS: Readonly<Record<string, fc.Arbitrary<Layer>>> = {
  Activation: activation.map((activation) => new Activation({ activation })),
  AveragePooling2D: pool.map((options) => new AveragePooling2D(options)),
  BatchNormalization: fc.record(affine).map((options) => new BatchNormalization(options)),
  Conv2D: fc
    .record({ ...convolution, filters: fc.constantFrom(4, 8), groups: fc.constantFrom(1, 2, 4) })
    .map((options) => new Conv2D(options)),
  Conv2DTranspose: fc
    .record({ ...convolution, filters: fc.integer({ min: 1, max: 5 }) })
    .map((options) => new Conv2DTranspose(options)),
  Cropping2D: sides.map((cropping) => new Cropping2D({ cropping })),
  Dense: fc
    .record({ units: fc.constantFrom(1, 5), activation, useBias: fc.boolean() })
    .map((options) => new Dense(options)),
  DepthwiseConv2D: fc
    .record({ ...convolution, depthMultiplier: fc.integer({ min: 1, max: 3 }) })
    .map((options) => new DepthwiseConv2D(options)),
  Dropout: fc.constant(0.5).map((rate) => new Dropout({ rate })),
  GlobalAveragePooling2D: fc.boolean().map((keepDims) => new GlobalAveragePooling2D({ keepDims })),
  GlobalMaxPooling2D: fc.boolean().map((keepDims) => new GlobalMaxPooling2D({ keepDims })),
  GroupNormalization: fc
    .record({ ...affine, groups: fc.constantFrom(1, 2, 4) })
    .map((options) => new GroupNormalization(options)),
  LayerNormalization: fc.record(affine).map((options) => new LayerNormalization(options)),
  MaxPooling2D: pool.map((options) => new MaxPooling2D(options)),
  Residual: activation.map(
    (activation) => new Residual({ layers: [new Conv2D({ filters: 4, kernelSize: 3, padding: "same" })], activation }),
  ),
  SeparableConv2D: fc
    .record({
      ...convolution,
      filters: fc.integer({ min: 1, max: 5 }),
      depthMultiplier: fc.integer({ min: 1, max: 2 }),
    })
    .map((options) => new SeparableConv2D(options)),
  UpSampling2D: fc
    .record({ size: pair(1, 3), interpolation: fc.constantFrom("nearest" as const, "bilinear" as const) })
    .map((options) => new UpSampling2D(options)),
  ZeroPadding2D: sides.map((padding) => new ZeroPadding2D({ padding })),
};

describeLayers(IMAGE_LAYERS);
