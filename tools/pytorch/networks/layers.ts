import {
  Activation,
  AveragePooling2D,
  BatchNormalization,
  Conv2D,
  Conv2DTranspose,
  type ConvolutionOptions,
  Cropping2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  GroupNormalization,
  type Layer,
  LayerNormalization,
  MaxPooling2D,
  type Pooling2DOptions,
  Reshape,
  Residual,
  SeparableConv2D,
  Sequential,
  UpSampling2D,
  ZeroPadding2D,
} from "webgpu-cnn/nn";
import { ACTIVATIONS, type ActivationName } from "../../../src/nn/activations.js";
import type { Draw } from "./draw.js";

/** The shape of an image [H, W, C]. */
export type Image = readonly [height: number, width: number, channels: number];

export function activation(draw: Draw): ActivationName {
  return draw.chance(0.3) ? "none" : draw.chance(0.3) ? "relu" : draw.pick(ACTIVATIONS);
}

/** The options that all convolutions have. Not all of them fit every image. */
function convolution(draw: Draw): ConvolutionOptions {
  return {
    kernelSize: draw.pick([1, 2, 3, 3, [1, 3], [3, 2]]),
    strides: draw.pick([1, 1, 2, [1, 2]]),
    padding: draw.pick(["valid", "same", "same", 1, [1, 0, 0, 2]]),
    dilationRate: draw.pick([1, 1, 1, 2]),
    activation: activation(draw),
    useBias: draw.chance(0.7),
  };
}

/** Those that keep height and width. */
function keeping(draw: Draw): ConvolutionOptions {
  return { ...convolution(draw), strides: 1, padding: "same" };
}

function divisor(draw: Draw, ...numbers: readonly number[]): number {
  return draw.pick([1, 2, 3, 4].filter((each) => numbers.every((number) => number % each === 0)));
}

const affine = (draw: Draw) => ({
  epsilon: draw.pick([1e-3, 1e-2]),
  scale: draw.chance(0.8),
  center: draw.chance(0.8),
});

export const batchNormalization = (draw: Draw) =>
  new BatchNormalization({ ...affine(draw), momentum: draw.pick([0.99, 0.9, 0.5]) });

export const layerNormalization = (draw: Draw) => new LayerNormalization(affine(draw));

/** Layers that keep an image's shape. */
const STEADY: readonly ((draw: Draw, image: Image) => Layer)[] = [
  (draw, [, , c]) => new Conv2D({ ...keeping(draw), filters: c, groups: divisor(draw, c) }),
  (draw) => new DepthwiseConv2D(keeping(draw)),
  (draw, [, , c]) => new SeparableConv2D({ ...keeping(draw), filters: c, depthMultiplier: draw.integer(1, 2) }),
  (draw, [, , c]) => new Conv2DTranspose({ ...keeping(draw), filters: c }),
  batchNormalization,
  batchNormalization,
  layerNormalization,
  (draw, [, , c]) => new GroupNormalization({ ...affine(draw), groups: divisor(draw, c) }),
  (draw) => new Activation(activation(draw)),
  (draw) => new MaxPooling2D({ poolSize: draw.integer(2, 3), strides: 1, padding: "same" }),
  (draw, [, , c]) => new Dense({ units: c, activation: activation(draw), useBias: draw.chance(0.7) }),
];

/** Layers that change it, or may. */
const CHANGING: readonly ((draw: Draw, image: Image) => Layer)[] = [
  (draw, [, , c]) => {
    const filters = draw.integer(2, 6);
    return new Conv2D({ ...convolution(draw), filters, groups: divisor(draw, c, filters) });
  },
  (draw) => new Conv2D({ ...convolution(draw), filters: draw.integer(2, 6) }),
  (draw) => new DepthwiseConv2D({ ...convolution(draw), depthMultiplier: draw.integer(1, 2) }),
  (draw) =>
    new SeparableConv2D({ ...convolution(draw), filters: draw.integer(2, 5), depthMultiplier: draw.integer(1, 2) }),
  (draw) => new Conv2DTranspose({ ...convolution(draw), filters: draw.integer(2, 4) }),
  (draw) => new MaxPooling2D(pool(draw)),
  (draw) => new AveragePooling2D(pool(draw)),
  (draw) =>
    new UpSampling2D({ size: draw.pick([2, [1, 2], [3, 1]]), interpolation: draw.pick(["nearest", "bilinear"]) }),
  (draw) =>
    new ZeroPadding2D({
      padding: draw.pick([
        1,
        [1, 0],
        [
          [0, 1],
          [2, 0],
        ],
      ]),
    }),
  (draw) =>
    new Cropping2D({
      cropping: draw.pick([
        1,
        [1, 0],
        [
          [0, 1],
          [2, 0],
        ],
      ]),
    }),
  (draw, [h, w, c]) =>
    new Reshape({
      targetShape: draw.pick([
        [w, h, c],
        [h, -1, 1],
        [1, w, h * c],
      ]),
    }),
  () => new Dropout({ rate: 0 }),
  residual,
  residual,
  (draw, image) => new Sequential([steady(draw, image), steady(draw, image)]),
];

function pool(draw: Draw): Pooling2DOptions {
  return {
    poolSize: draw.pick([2, 3, [1, 2]]),
    ...draw.pick([{}, { strides: 1 }, { strides: 2 }]),
    padding: draw.pick(["valid", "same", "same", 1]),
  };
}

/** A block with a skip connection, straight or through a convolution of single pixels. */
export function residual(draw: Draw, image: Image): Layer {
  const [h, w, c] = image;
  if (draw.chance(0.5)) {
    const layers = [steady(draw, image), steady(draw, image)];
    return new Residual({ layers, activation: activation(draw) });
  }
  const filters = draw.integer(2, 5);
  const strides = draw.integer(1, 2);
  const next: Image = [Math.ceil(h / strides), Math.ceil(w / strides), filters];
  return new Residual({
    layers: [
      new Conv2D({
        filters,
        kernelSize: 3,
        strides,
        padding: "same",
        useBias: false,
        groups: divisor(draw, c, filters),
      }),
      batchNormalization(draw),
      new Activation(activation(draw)),
      steady(draw, next),
    ],
    shortcut: [
      new Conv2D({ filters, kernelSize: 1, strides }),
      ...(draw.chance(0.5) ? [batchNormalization(draw)] : []),
    ],
    activation: activation(draw),
  });
}

/** A layer that keeps the shape. */
export function steady(draw: Draw, image: Image): Layer {
  return draw.pick(STEADY)(draw, image);
}

/** Any layer of images. It may not fit. */
export function anyLayer(draw: Draw, image: Image): Layer {
  return draw.pick(draw.chance(0.35) ? STEADY : CHANGING)(draw, image);
}
