import { constant } from "../../nn/initializers.js";
import { Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D } from "../../nn/layers/convolutions.js";
import { Dense } from "../../nn/layers/dense.js";
import { BatchNormalization, GroupNormalization, LayerNormalization } from "../../nn/layers/normalizations.js";
import { LayerScale, Normalization, PReLU } from "../layers/scaling.js";
import { readActivation } from "./activationOf.js";
import type { ConfigReader } from "./configReader.js";
import { type Conversion, type Converter, DEPTHWISE, type KerasWeight, weight } from "./conversion.js";
import { PLAIN_CONVERTERS } from "./plainConverters.js";

/** The first values are those of the file, so no initializer runs. */
const NO_VALUES = constant(0);

function readKernel(reader: ConfigReader, name: string) {
  const { fused, layer } = readActivation(reader);
  const useBias = reader.boolean("use_bias", true);
  const options = { name, useBias, activation: fused, kernelInitializer: NO_VALUES };
  return { options, after: layer ? [layer] : [], bias: useBias ? [weight("bias")] : [] };
}

function readWindow(reader: ConfigReader) {
  reader.channelsLast();
  return {
    kernelSize: reader.pair("kernel_size"),
    strides: reader.pair("strides", [1, 1]),
    padding: reader.word("padding", ["valid", "same"], "valid"),
    dilationRate: reader.pair("dilation_rate", [1, 1]),
  };
}

const conv2d: Converter = (reader, name) => {
  const { options, after, bias } = readKernel(reader, name);
  const filters = reader.integer("filters", 1);
  const groups = reader.integer("groups", 1, 1);
  const layer = new Conv2D({ ...options, ...readWindow(reader), filters, groups });
  return { layers: [layer, ...after], weights: [weight("kernel"), ...bias] };
};

const depthwiseConv2d: Converter = (reader, name) => {
  const { options, after, bias } = readKernel(reader, name);
  const depthMultiplier = reader.integer("depth_multiplier", 1, 1);
  // What a Conv2D would have. It follows from the input here.
  reader.ignore("filters", "groups");
  const layer = new DepthwiseConv2D({ ...options, ...readWindow(reader), depthMultiplier });
  const kernel = { ...weight("kernel", "depthwise_kernel", "kernel"), shape: DEPTHWISE };
  return { layers: [layer, ...after], weights: [kernel, ...bias] };
};

const separableConv2d: Converter = (reader, name) => {
  const { options, after, bias } = readKernel(reader, name);
  const filters = reader.integer("filters", 1);
  const depthMultiplier = reader.integer("depth_multiplier", 1, 1);
  reader.only("groups", 1);
  const layer = new SeparableConv2D({ ...options, ...readWindow(reader), filters, depthMultiplier });
  const depthwise = { ...weight("depthwiseKernel", "depthwise_kernel"), shape: DEPTHWISE };
  const weights = [depthwise, weight("pointwiseKernel", "pointwise_kernel"), ...bias];
  return { layers: [layer, ...after], weights };
};

const conv2dTranspose: Converter = (reader, name) => {
  const { options, after, bias } = readKernel(reader, name);
  const filters = reader.integer("filters", 1);
  reader.only("output_padding");
  reader.only("groups", 1);
  const layer = new Conv2DTranspose({ ...options, ...readWindow(reader), filters });
  return { layers: [layer, ...after], weights: [weight("kernel"), ...bias] };
};

const dense: Converter = (reader, name) => {
  const { options, after, bias } = readKernel(reader, name);
  const layer = new Dense({ ...options, units: reader.integer("units", 1) });
  return { layers: [layer, ...after], weights: [weight("kernel"), ...bias] };
};

function readAffine(reader: ConfigReader) {
  const [scale, center] = [reader.boolean("scale", true), reader.boolean("center", true)];
  const weights: readonly KerasWeight[] = [...(scale ? [weight("gamma")] : []), ...(center ? [weight("beta")] : [])];
  return { options: { scale, center, epsilon: reader.number("epsilon", 1e-3) }, weights };
}

const batchNormalization: Converter = (reader, name) => {
  const { options, weights } = readAffine(reader);
  reader.only("renorm", false);
  reader.only("virtual_batch_size");
  reader.ignore("fused", "renorm_clipping", "renorm_momentum", "synchronized", "adjustment");
  const layer = new BatchNormalization({ ...options, name, momentum: reader.share("momentum", 0.99) });
  const moving = [weight("movingMean", "moving_mean"), weight("movingVariance", "moving_variance")];
  return { layers: [layer], weights: [...weights, ...moving], lastAxis: reader.axis("axis", -1) };
};

const layerNormalization: Converter = (reader, name) => {
  const { options, weights } = readAffine(reader);
  reader.only("rms_scaling", false);
  const layer = new LayerNormalization({ ...options, name });
  return { layers: [layer], weights, lastAxis: reader.axis("axis", -1) };
};

const groupNormalization: Converter = (reader, name) => {
  const { options, weights } = readAffine(reader);
  const place = reader.get("groups");
  if (place.value === -1) reader.problem("groups is −1, expected a number of groups");
  const groups = place.isNothing || place.value === -1 ? 32 : place.integer(1);
  const layer = new GroupNormalization({ ...options, name, groups });
  return { layers: [layer], weights, lastAxis: reader.axis("axis", -1) };
};

/** Of ConvNeXt. Its weight has no name there. */
const layerScale: Converter = (reader, name) => {
  reader.ignore("init_values", "projection_dim");
  return { layers: [new LayerScale({ name })], weights: [weight("gamma", "gamma", "variable", "Variable")] };
};

const prelu: Converter = (reader, name) => {
  const place = reader.get("shared_axes");
  const sharedAxes = place.isNothing ? [] : place.list().map((axis) => axis.integer(1));
  return { layers: [new PReLU({ name, sharedAxes })], weights: [weight("alpha")] };
};

const normalization: Converter = (reader, name) => {
  reader.only("invert", false);
  const lastAxis = reader.axis("axis", -1);
  const [mean, variance] = [numbersIn(reader, "mean"), numbersIn(reader, "variance")];
  const given = mean && variance;
  const layer = new Normalization(given ? { name, mean, variance } : { name });
  const weights: readonly KerasWeight[] = given ? [] : [weight("mean"), weight("variance")];
  return { layers: [layer], weights, lastAxis, surplus: ["count"] } satisfies Conversion;
};

/** A number, or a list, in which Keras may nest the only row. */
function numbersIn(reader: ConfigReader, name: string): number | readonly number[] | undefined {
  let place = reader.get(name);
  if (place.isNothing) return undefined;
  for (let entries = place.isList ? place.list() : []; entries.length === 1 && entries[0]?.isList; ) {
    place = entries[0];
    entries = place.list();
  }
  return place.isList ? place.list().map((entry) => entry.number()) : place.number();
}

/** Keras's layers by the names of their classes. */
export const CONVERTERS: ReadonlyMap<string, Converter> = new Map([
  ...PLAIN_CONVERTERS,
  ["BatchNormalization", batchNormalization],
  ["BatchNormalizationV1", batchNormalization],
  ["SyncBatchNormalization", batchNormalization],
  ["Conv2D", conv2d],
  ["Convolution2D", conv2d],
  ["Conv2DTranspose", conv2dTranspose],
  ["Convolution2DTranspose", conv2dTranspose],
  ["Dense", dense],
  ["DepthwiseConv2D", depthwiseConv2d],
  ["GroupNormalization", groupNormalization],
  ["LayerNormalization", layerNormalization],
  ["LayerScale", layerScale],
  ["Normalization", normalization],
  ["PReLU", prelu],
  ["SeparableConv2D", separableConv2d],
  ["SeparableConvolution2D", separableConv2d],
]);
