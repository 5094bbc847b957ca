import { OptionReader } from "../../../core/options.js";
import { ACTIVATIONS, type ActivationName } from "../../../nn/activations.js";
import type { Layer } from "../../../nn/layer.js";
import type { OnnxValue } from "../form.js";
import type { ExportScope } from "../scope.js";

/** Reads the options of a layer. */
export function optionsOf(layer: Layer): OptionReader {
  const config = layer.config();
  return new OptionReader(layer.kind, config, Object.keys(config));
}

/** What a layer's option "activation" adds to its output. */
export function activated(scope: ExportScope, x: OnnxValue, options: OptionReader): OnnxValue {
  return activation(scope, x, options.word("activation", ACTIVATIONS, "none"));
}

/** An activation with the defaults of this library's operator. */
export function activation(scope: ExportScope, x: OnnxValue, name: ActivationName): OnnxValue {
  return ACTIVATION_NODES[name](scope, x);
}

type Write = (scope: ExportScope, x: OnnxValue) => OnnxValue;

const one =
  (operator: string): Write =>
  (scope, x) =>
    scope.node(operator, [x]);

/** Over the layer's last axis. Features in another order give the same values in that order. */
const overFeatures =
  (operator: string): Write =>
  (scope, x) =>
    scope.node(operator, [x], { attributes: { axis: { int: x.channelsFirst ? 1 : -1 } } });

const ACTIVATION_NODES: Readonly<Record<ActivationName, Write>> = {
  none: (_, x) => x,
  relu: one("Relu"),
  leakyRelu: (scope, x) => scope.node("LeakyRelu", [x], { attributes: { alpha: { float: 0.01 } } }),
  relu6: (scope, x) => scope.node("Clip", [x, scope.numbers(0), scope.numbers(6)]),
  elu: one("Elu"),
  gelu(scope, x) {
    if (scope.opset >= 20) return scope.node("Gelu", [x]);
    const erf = scope.node("Erf", [scope.node("Mul", [x, scope.numbers(Math.SQRT1_2)])]);
    const half = scope.node("Mul", [x, scope.numbers(0.5)]);
    return scope.node("Mul", [half, scope.node("Add", [erf, scope.numbers(1)])]);
  },
  silu: (scope, x) => scope.node("Mul", [x, scope.node("Sigmoid", [x])]),
  softplus: one("Softplus"),
  sigmoid: one("Sigmoid"),
  tanh: one("Tanh"),
  hardSigmoid: (scope, x) =>
    scope.node("HardSigmoid", [x], { attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } }),
  hardSwish: one("HardSwish"),
  softmax: overFeatures("Softmax"),
  logSoftmax: overFeatures("LogSoftmax"),
};
