import { existing } from "../../../core/objects.js";
import { ELU, MoreActivation, ReLU, Softmax } from "../../../keras/layers/activations.js";
import {
  AsymmetricUpSampling2D,
  DepthToSpace,
  InferenceOnly,
  Permute,
  SpatialDropout2D,
} from "../../../keras/layers/arranging.js";
import { Arithmetic, Average, Divide, Maximum, Minimum, ScaledAdd, Subtract } from "../../../keras/layers/merging.js";
import { LayerScale, Normalization, PReLU, Rescaling } from "../../../keras/layers/scaling.js";
import type { OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope, Traced } from "../scope.js";
import { reordered, transposed } from "../weightForms.js";
import { joined, sameAxes } from "./merging.js";
import { elu, moreActivation, relu, softmax } from "./moreActivations.js";
import { dropout, enlarged } from "./shaping.js";
import { optionsOf } from "./support.js";

/** One number, or one for each channel. */
type PerChannel = number | readonly number[];

const merge =
  (operator: string): BuiltInExporter =>
  (scope, _, inputs) =>
    joined(scope, operator, inputs);

const average: BuiltInExporter = (scope, _, inputs) =>
  scope.node("Mul", [joined(scope, "Add", inputs), scope.numbers(1 / inputs.length)]);

const arithmetic: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  const constant = scope.numbers(options.number("constant", 0));
  const operator = { add: "Add", divide: "Div", multiply: "Mul", subtract: "Sub" }[
    options.word("operation", ["add", "divide", "multiply", "subtract"])
  ];
  const isTurned = (operator === "Sub" || operator === "Div") && options.boolean("constantFirst", false);
  const { channelsFirst } = x;
  return isTurned
    ? { ...scope.node(operator, [constant, x], { channelsFirst }), order: x.order }
    : scope.node(operator, [x, constant]);
};

const scaledAdd: BuiltInExporter = (scope, layer, inputs) => {
  const [[shortcut, residual], channelsFirst] = sameAxes(scope, inputs);
  const scaled = scope.node("Mul", [existing(residual), scope.numbers(optionsOf(layer).number("scale", 1))]);
  return scope.node("Add", [existing(shortcut), scaled], { channelsFirst });
};

const layerScale: BuiltInExporter = (scope, layer, [input]) => {
  const x = { ...input, ...scope.inOrder(input) };
  return scope.node("Mul", [x, constantFor(scope, x, [...existing(scope.valuesOf(layer, "gamma"))])]);
};

const depthToSpace: BuiltInExporter = (scope, layer, [x]) => {
  const blocksize = { int: optionsOf(layer).integer("blockSize", 1) };
  return scope.node("DepthToSpace", [scope.channelsFirst(x)], { attributes: { blocksize, mode: { text: "DCR" } } });
};

const inferenceOnly: BuiltInExporter = (scope, layer, [x]) => scope.one(existing(layer.parts[0]), [x]);

const permute: BuiltInExporter = (scope, layer, [x]) => {
  const dims: unknown = optionsOf(layer).given("dims");
  const perm = { ints: [0, ...(Array.isArray(dims) ? dims.map(Number) : [])] };
  return scope.node("Transpose", [scope.channelsLast(x)], { attributes: { perm } });
};

const rescaling: BuiltInExporter = (scope, layer, [input]) => {
  const options = optionsOf(layer);
  const x = { ...input, ...scope.inOrder(input) };
  const [scale, offset] = [perChannel(options.given("scale")), perChannel(options.given("offset"))];
  const scaled = scope.node("Mul", [x, constantFor(scope, x, scale)]);
  return offset === 0 ? scaled : scope.node("Add", [scaled, constantFor(scope, x, offset)]);
};

const normalization: BuiltInExporter = (scope, layer, [input]) => {
  const options = optionsOf(layer);
  const x = { ...input, ...scope.inOrder(input) };
  const value = (name: string) => {
    const weight = scope.valuesOf(layer, name);
    return weight ? [...weight] : perChannel(options.given(name));
  };
  const [mean, variance] = [value("mean"), value("variance")];
  // Keras's least deviation is 1e-7.
  const deviation = (variance: number) => Math.max(Math.sqrt(variance), 1e-7);
  const deviations = typeof variance === "number" ? deviation(variance) : variance.map(deviation);
  const centred = scope.node("Sub", [x, constantFor(scope, x, mean)]);
  return scope.node("Div", [centred, constantFor(scope, x, deviations)]);
};

const prelu: BuiltInExporter = (scope, layer, [x]) => {
  // One slope for each value of an example, or for those of shared axes.
  const form = x.channelsFirst ? transposed(2, 0, 1) : reordered(x.order);
  return scope.node("PRelu", [x, scope.weight(layer, "alpha", form)]);
};

/** The layers of `webgpu-cnn/keras`. */
export const KERAS_EXPORTERS: readonly (readonly [layerClass: unknown, exporter: BuiltInExporter])[] = [
  [Arithmetic, arithmetic],
  [AsymmetricUpSampling2D, (scope, layer, [x]) => enlarged(scope, layer, x, "asymmetric")],
  [Average, average],
  [DepthToSpace, depthToSpace],
  [Divide, merge("Div")],
  [ELU, elu],
  [InferenceOnly, inferenceOnly],
  [LayerScale, layerScale],
  [Maximum, merge("Max")],
  [Minimum, merge("Min")],
  [MoreActivation, moreActivation],
  [Normalization, normalization],
  [Permute, permute],
  [PReLU, prelu],
  [ReLU, relu],
  [Rescaling, rescaling],
  [ScaledAdd, scaledAdd],
  [Softmax, softmax],
  [SpatialDropout2D, dropout],
  [Subtract, merge("Sub")],
];

function perChannel(value: unknown): PerChannel {
  return Array.isArray(value) ? value.map(Number) : Number(value ?? 0);
}

/** A constant for the channels of x. */
function constantFor(scope: ExportScope, x: Traced, value: PerChannel): OnnxValue {
  if (typeof value === "number") return scope.numbers(value);
  const data = Float32Array.from(value);
  return scope.constant(data, x.channelsFirst ? [data.length, 1, 1] : [data.length]);
}
