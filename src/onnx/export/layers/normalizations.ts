import type { Layer } from "../../../nn/layer.js";
import type { OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope, Traced } from "../scope.js";
import { reordered, reshaped } from "../weightForms.js";
import { optionsOf } from "./support.js";

export const batchNormalization: BuiltInExporter = (scope, layer, [x]) => {
  const epsilon = optionsOf(layer).number("epsilon", 0);
  const channels = x.shape.at(-1) ?? 1;
  if (x.channelsFirst || x.shape.length === 1) {
    const form = reordered(x.order);
    const vector = (name: string, otherwise: number) =>
      scope.weightIfAny(layer, name, form) ?? scope.numbers(new Array<number>(channels).fill(otherwise));
    const inputs = [x, vector("gamma", 1), vector("beta", 0), vector("movingMean", 0), vector("movingVariance", 1)];
    return scope.node("BatchNormalization", inputs, { attributes: { epsilon: { float: epsilon } } });
  }
  // ONNX normalizes along the second axis. Here it is the last one.
  const [gamma, variance] = [scope.valuesOf(layer, "gamma"), scope.valuesOf(layer, "movingVariance")];
  const factors = Array.from(
    { length: channels },
    (_, i) => (gamma?.[i] ?? 1) / Math.sqrt((variance?.[i] ?? 1) + epsilon),
  );
  const centred = scope.node("Sub", [x, scope.weight(layer, "movingMean")]);
  const scaled = scope.node("Mul", [centred, scope.numbers(factors)]);
  const beta = scope.weightIfAny(layer, "beta");
  return beta ? scope.node("Add", [scaled, beta]) : scaled;
};

export const layerNormalization: BuiltInExporter = (scope, layer, [x]) => {
  const epsilon = optionsOf(layer).number("epsilon", 0);
  if (x.channelsFirst) return overChannels(scope, layer, x, epsilon);
  const form = reordered(x.order);
  const ones = () => scope.numbers(new Array<number>(x.shape.at(-1) ?? 1).fill(1));
  const inputs = [x, scope.weightIfAny(layer, "gamma", form) ?? ones(), scope.weightIfAny(layer, "beta", form)];
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  return scope.node("LayerNormalization", inputs, { attributes });
};

/** Normalizes the channels of each pixel. ONNX's own operator needs them as the last axis. */
function overChannels(scope: ExportScope, layer: Layer, x: Traced, epsilon: number): OnnxValue {
  const mean = (value: OnnxValue) =>
    scope.opset >= 18
      ? scope.node("ReduceMean", [value, scope.integers([1])])
      : scope.node("ReduceMean", [value], { attributes: { axes: { ints: [1] } } });
  const centred = scope.node("Sub", [x, mean(x)]);
  const variance = mean(scope.node("Mul", [centred, centred]));
  const deviation = scope.node("Sqrt", [scope.node("Add", [variance, scope.numbers(epsilon)])]);
  return affine(scope, layer, scope.node("Div", [centred, deviation]), x);
}

export const groupNormalization: BuiltInExporter = (scope, layer, [images]) => {
  const options = optionsOf(layer);
  const [epsilon, groups] = [options.number("epsilon", 0), options.integer("groups", 1)];
  const x = scope.channelsFirst(images);
  const [height = null, width = null, channels] = images.shape;
  // Each group becomes a channel of one row, which instance normalization normalizes by itself.
  const rows = scope.node("Reshape", [x, scope.integers([0, groups, -1])], { channelsFirst: false });
  const vector = (value: number) => scope.numbers(new Array<number>(groups).fill(value));
  const attributes = { epsilon: { float: epsilon } };
  const normalized = scope.node("InstanceNormalization", [rows, vector(1), vector(0)], { attributes });
  const shape =
    height !== null && width !== null
      ? scope.integers([0, Number(channels), height, width])
      : scope.node("Shape", [x], { channelsFirst: false });
  return affine(scope, layer, scope.node("Reshape", [normalized, shape], { channelsFirst: true }), images);
};

/** Multiplies by gamma and adds beta, for images [N, C, H, W]. */
function affine(scope: ExportScope, layer: Layer, x: OnnxValue, { shape }: Traced): OnnxValue {
  const form = reshaped([Number(shape.at(-1)), 1, 1]);
  const [gamma, beta] = [scope.weightIfAny(layer, "gamma", form), scope.weightIfAny(layer, "beta", form)];
  const scaled = gamma ? scope.node("Mul", [x, gamma]) : x;
  return beta ? scope.node("Add", [scaled, beta]) : scaled;
}
