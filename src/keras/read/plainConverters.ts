import type { Layer } from "../../nn/layer.js";
import { Activation } from "../../nn/layers/activation.js";
import { Dropout } from "../../nn/layers/dropout.js";
import { Add, Concatenate, Multiply } from "../../nn/layers/merging.js";
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from "../../nn/layers/pools.js";
import { Cropping2D, Flatten, Reshape, type Sides, UpSampling2D, ZeroPadding2D } from "../../nn/layers/shaping.js";
import { ELU, ReLU, Softmax } from "../layers/activations.js";
import { AsymmetricUpSampling2D, DepthToSpace, Permute, SpatialDropout2D } from "../layers/arranging.js";
import { Average, Maximum, Minimum, ScaledAdd, Subtract } from "../layers/merging.js";
import { Rescaling } from "../layers/scaling.js";
import { activationLayer } from "./activationOf.js";
import type { ConfigReader } from "./configReader.js";
import { type Converter, plain } from "./conversion.js";
import type { Place } from "./place.js";

const nothing: Converter = () => ({ layers: [], weights: [] });

function readPool(reader: ConfigReader) {
  reader.channelsLast();
  const poolSize = reader.pair("pool_size", [2, 2]);
  const strides = reader.pair("strides", poolSize);
  return { poolSize, strides, padding: reader.word("padding", ["valid", "same"], "valid") };
}

function readGlobalPool(reader: ConfigReader) {
  reader.channelsLast();
  const keepDims = reader.boolean("keepdims", reader.boolean("keep_dims", false));
  return { keepDims };
}

/** One number, [height, width] or [[top, bottom], [left, right]]. */
function readSides(reader: ConfigReader, name: string, fallback: number): Sides {
  reader.channelsLast();
  const place: Place = reader.get(name);
  if (place.isNothing) return fallback;
  if (!place.isList) return place.integer(0);
  const [height, width, ...rest] = place.list();
  if (!height || !width || rest.length > 0) place.refuse("two values");
  if (!height.isList) return [height.integer(0), width.integer(0)];
  const [top, bottom, left, right, ...more] = [...height.list(), ...width.list()];
  if (!top || !bottom || !left || !right || more.length > 0) place.refuse("[[top, bottom], [left, right]]");
  return [
    [top.integer(0), bottom.integer(0)],
    [left.integer(0), right.integer(0)],
  ];
}

function relu(reader: ConfigReader, name: string): Layer {
  const place = reader.get("max_value");
  const maxValue = place.isNothing ? undefined : place.number();
  const negativeSlope = reader.number("negative_slope", 0);
  reader.only("threshold", 0);
  if (maxValue !== undefined && maxValue < 0) reader.problem(`max_value is ${maxValue}, expected a number ≥ 0`);
  if (negativeSlope === 0 && maxValue === undefined) return new Activation({ activation: "relu", name });
  if (negativeSlope === 0 && maxValue === 6) return new Activation({ activation: "relu6", name });
  return new ReLU({ name, maxValue, negativeSlope });
}

function leakyRelu(reader: ConfigReader, name: string): Layer {
  // Keras 2 calls it alpha.
  const negativeSlope = reader.number("negative_slope", reader.number("alpha", 0.3));
  return new ReLU({ name, negativeSlope });
}

function elu(reader: ConfigReader, name: string): Layer {
  const alpha = reader.number("alpha", 1);
  return alpha === 1 ? new Activation({ activation: "elu", name }) : new ELU({ alpha, name });
}

function softmax(reader: ConfigReader, name: string): Layer {
  const axis = reader.axis("axis", -1);
  return axis === -1 ? new Activation({ activation: "softmax", name }) : new Softmax({ axis, name });
}

function reshape(reader: ConfigReader, name: string): Layer {
  const targetShape = reader
    .get("target_shape")
    .list()
    .map((extent) => (extent.value === null ? -1 : extent.integer(-1)));
  if (targetShape.some((extent) => extent === 0) || targetShape.filter((extent) => extent === -1).length > 1) {
    reader.get("target_shape").refuse("positive integers, one of which may be −1");
  }
  return new Reshape({ name, targetShape });
}

function concatenate(reader: ConfigReader, name: string): Layer {
  const axis = reader.axis("axis", -1);
  if (axis === 0) reader.problem("axis is 0, that of the examples, expected another");
  return new Concatenate({ name, axis: axis === 0 ? -1 : axis });
}

function dropout(reader: ConfigReader, name: string): Layer {
  const place = reader.get("noise_shape");
  const noiseShape = place.isNothing
    ? undefined
    : place.list().map((extent) => (extent.isNothing ? null : extent.integer(1)));
  if (noiseShape?.length === 0) place.refuse("an extent or null for each axis");
  return new Dropout({ name, rate: reader.share("rate", 0), noiseShape });
}

function spatialDropout(reader: ConfigReader, name: string): Layer {
  reader.only("noise_shape");
  reader.channelsLast();
  return new SpatialDropout2D({ name, rate: reader.share("rate", 0) });
}

/** Of ConvNeXt: it drops whole images. */
function stochasticDepth(reader: ConfigReader, name: string): Layer {
  return new Dropout({ name, rate: reader.share("drop_path_rate", 0), noiseShape: [null, 1, 1, 1] });
}

/** Of Inception-ResNet. */
function scaledAdd(reader: ConfigReader, name: string): Layer {
  return new ScaledAdd({ name, scale: reader.get("scale").number() });
}

function permute(reader: ConfigReader, name: string): Layer {
  const place = reader.get("dims");
  const dims = place.list().map((axis) => axis.integer(1));
  const isOrder = dims.length > 0 && dims.every((axis) => axis <= dims.length) && new Set(dims).size === dims.length;
  return isOrder ? new Permute({ name, dims }) : place.refuse("each axis once, from 1 on");
}

function rescaling(reader: ConfigReader, name: string): Layer {
  const values = (option: string, fallback: number) => {
    const place = reader.get(option);
    if (place.isNothing) return fallback;
    return place.isList ? place.list().map((entry) => entry.number()) : place.number();
  };
  return new Rescaling({ name, scale: values("scale", 1), offset: values("offset", 0) });
}

function upSampling(reader: ConfigReader, name: string): Layer {
  reader.channelsLast();
  const interpolation = reader.word("interpolation", ["nearest", "bilinear"], "nearest");
  const size = reader.pair("size", [2, 2]);
  // A model that TensorFlow.js made was trained with its pixels. Converted models were trained with Keras's.
  if (interpolation === "bilinear" && reader.writer === "tfjs") return new AsymmetricUpSampling2D({ name, size });
  return new UpSampling2D({ name, size, interpolation });
}

/** UpscalerJS's own layers of ESRGAN. They have no options in the file. */
const ESRGAN: readonly (readonly [string, Converter])[] = [
  ["MultiplyBeta", plain((reader, name) => new Rescaling({ name, scale: reader.number("beta", 0.2) }))],
  ...[2, 3, 4, 8].map(
    (blockSize) =>
      [
        `PixelShuffle${blockSize}x`,
        plain((reader, name) => {
          reader.ignore("scale");
          return new DepthToSpace({ name, blockSize });
        }),
      ] as const,
  ),
];

/** Layers without weights, by the names of Keras's classes. */
export const PLAIN_CONVERTERS: readonly (readonly [string, Converter])[] = [
  ...ESRGAN,
  ["Activation", plain(activationLayer)],
  [
    "ActivityRegularization",
    (reader) => {
      // It changes the loss alone.
      reader.ignore("l1", "l2");
      return { layers: [], weights: [] };
    },
  ],
  ["Add", plain((_, name) => new Add({ name }))],
  ["Average", plain((_, name) => new Average({ name }))],
  ["AveragePooling2D", plain((reader, name) => new AveragePooling2D({ ...readPool(reader), name }))],
  ["AvgPool2D", plain((reader, name) => new AveragePooling2D({ ...readPool(reader), name }))],
  ["Concatenate", plain(concatenate)],
  ["Cropping2D", plain((reader, name) => new Cropping2D({ name, cropping: readSides(reader, "cropping", 0) }))],
  ["CustomScaleLayer", plain(scaledAdd)],
  ["Dropout", plain(dropout)],
  ["ELU", plain(elu)],
  [
    "Flatten",
    plain((reader, name) => {
      reader.channelsLast();
      return new Flatten({ name });
    }),
  ],
  ["GlobalAveragePooling2D", plain((reader, name) => new GlobalAveragePooling2D({ ...readGlobalPool(reader), name }))],
  ["GlobalAvgPool2D", plain((reader, name) => new GlobalAveragePooling2D({ ...readGlobalPool(reader), name }))],
  ["GlobalMaxPool2D", plain((reader, name) => new GlobalMaxPooling2D({ ...readGlobalPool(reader), name }))],
  ["GlobalMaxPooling2D", plain((reader, name) => new GlobalMaxPooling2D({ ...readGlobalPool(reader), name }))],
  ["Identity", nothing],
  ["LeakyReLU", plain(leakyRelu)],
  ["MaxPool2D", plain((reader, name) => new MaxPooling2D({ ...readPool(reader), name }))],
  ["MaxPooling2D", plain((reader, name) => new MaxPooling2D({ ...readPool(reader), name }))],
  ["Maximum", plain((_, name) => new Maximum({ name }))],
  ["Minimum", plain((_, name) => new Minimum({ name }))],
  ["Multiply", plain((_, name) => new Multiply({ name }))],
  ["Permute", plain(permute)],
  ["ReLU", plain(relu)],
  ["Rescaling", plain(rescaling)],
  ["Reshape", plain(reshape)],
  ["Softmax", plain(softmax)],
  ["SpatialDropout2D", plain(spatialDropout)],
  ["StochasticDepth", plain(stochasticDepth)],
  ["Subtract", plain((_, name) => new Subtract({ name }))],
  ["UpSampling2D", plain(upSampling)],
  ["ZeroPadding2D", plain((reader, name) => new ZeroPadding2D({ name, padding: readSides(reader, "padding", 1) }))],
];
