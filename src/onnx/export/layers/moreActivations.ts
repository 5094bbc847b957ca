import { MORE_ACTIVATIONS, type MoreActivationName } from "../../../keras/layers/activations.js";
import type { OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope } from "../scope.js";
import { optionsOf } from "./support.js";

type Write = (scope: ExportScope, x: OnnxValue) => OnnxValue;

const tanhOfSoftplus: Write = (scope, x) => scope.node("Tanh", [scope.node("Softplus", [x])]);

const clipped = (scope: ExportScope, x: OnnxValue, most: number) =>
  scope.node("Clip", [x, scope.numbers(-most), scope.numbers(most)]);

const FUNCTIONS: Readonly<Record<MoreActivationName, Write>> = {
  exponential: (scope, x) => scope.node("Exp", [x]),
  geluTanh(scope, x) {
    if (scope.opset >= 20) return scope.node("Gelu", [x], { attributes: { approximate: { text: "tanh" } } });
    // x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2
    const times = (a: OnnxValue, b: number | OnnxValue) =>
      scope.node("Mul", [a, typeof b === "number" ? scope.numbers(b) : b]);
    const cube = times(times(x, x), x);
    const inner = times(scope.node("Add", [x, times(cube, 0.044715)]), Math.sqrt(2 / Math.PI));
    return times(times(x, 0.5), scope.node("Add", [scope.node("Tanh", [inner]), scope.numbers(1)]));
  },
  hardSigmoid2: (scope, x) =>
    scope.node("HardSigmoid", [x], { attributes: { alpha: { float: 0.2 }, beta: { float: 0.5 } } }),
  hardTanh: (scope, x) => clipped(scope, x, 1),
  logSigmoid: (scope, x) => scope.node("Neg", [scope.node("Softplus", [scope.node("Neg", [x])])]),
  mish: (scope, x) => scope.node("Mul", [x, tanhOfSoftplus(scope, x)]),
  selu: (scope, x) => scope.node("Selu", [x]),
  softShrink: (scope, x) => scope.node("Sub", [x, clipped(scope, x, 0.5)]),
  softsign: (scope, x) => scope.node("Softsign", [x]),
  squareplus(scope, x) {
    const root = scope.node("Sqrt", [scope.node("Add", [scope.node("Mul", [x, x]), scope.numbers(4)])]);
    return scope.node("Mul", [scope.node("Add", [x, root]), scope.numbers(0.5)]);
  },
  tanhShrink: (scope, x) => scope.node("Sub", [x, scope.node("Tanh", [x])]),
};

export const moreActivation: BuiltInExporter = (scope, layer, [x]) =>
  FUNCTIONS[optionsOf(layer).word("activation", MORE_ACTIVATIONS)](scope, x);

export const elu: BuiltInExporter = (scope, layer, [x]) =>
  scope.node("Elu", [x], { attributes: { alpha: { float: optionsOf(layer).number("alpha", 1) } } });

export const relu: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  const slope = options.number("negativeSlope", 0);
  const most = options.given("maxValue") === undefined ? undefined : scope.numbers(options.number("maxValue", 0));
  if (slope === 0) return most ? scope.node("Clip", [x, scope.numbers(0), most]) : scope.node("Relu", [x]);
  const y = scope.node("LeakyRelu", [x], { attributes: { alpha: { float: slope } } });
  return most ? scope.node("Clip", [y, undefined, most]) : y;
};

export const softmax: BuiltInExporter = (scope, layer, [images]) => {
  const given = optionsOf(layer).integer("axis", Number.MIN_SAFE_INTEGER);
  const axis = given < 0 ? given + images.shape.length + 1 : given;
  // Of [N, H, W, C] in [N, C, H, W].
  const place = images.channelsFirst ? ([0, 2, 3, 1][axis] ?? axis) : axis;
  return scope.node("Softmax", [images], { attributes: { axis: { int: place } } });
};
