import { sameShape } from "../../../core/shape.js";
import { ACTIVATIONS } from "../../../nn/activations.js";
import { checkLayers } from "../../../nn/layers/lists.js";
import type { OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope, Traced } from "../scope.js";
import { activation, optionsOf } from "./support.js";

export const concatenate: BuiltInExporter = (scope, layer, inputs) => {
  const given = optionsOf(layer).integer("axis", Number.MIN_SAFE_INTEGER);
  const rank = inputs[0].shape.length + 1;
  const axis = given < 0 ? given + rank : given;
  if (rank === 2) return concatenatedFeatures(scope, inputs);
  const [values, channelsFirst] = sameAxes(scope, inputs);
  // Of [N, H, W, C] in [N, C, H, W].
  const place = channelsFirst ? ([0, 2, 3, 1][axis] ?? axis) : axis;
  return scope.node("Concat", values, { attributes: { axis: { int: place } }, channelsFirst });
};

export const add = elementwise("Add");
export const multiply = elementwise("Mul");

export const residual: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  const through = (name: string) => {
    const layers: unknown = options.given(name);
    checkLayers(layer.kind, name, layers);
    return layers.reduce<Traced>((value, inner) => scope.one(inner, [value]), x);
  };
  const sum = joined(scope, "Add", [through("layers"), through("shortcut")]);
  return activation(scope, sum, options.word("activation", ACTIVATIONS));
};

function elementwise(operator: string): BuiltInExporter {
  return (scope, _, inputs) => joined(scope, operator, inputs);
}

/** The inputs, joined by an operator of two inputs. */
export function joined(scope: ExportScope, operator: string, inputs: readonly [Traced, ...Traced[]]): OnnxValue {
  const [first, ...others] = sameAxes(scope, inputs)[0];
  return others.reduce((a, b) => scope.node(operator, [a, b]), first);
}

/** The inputs with the same order of axes, and of features. ONNX broadcasts shapes as this library does. */
export function sameAxes(
  scope: ExportScope,
  inputs: readonly [Traced, ...Traced[]],
): readonly [values: readonly [OnnxValue, ...OnnxValue[]], channelsFirst: boolean] {
  const [first, ...others] = inputs;
  const ranksAreEqual = others.every(({ shape }) => shape.length === first.shape.length);
  if (ranksAreEqual && inputs.some(({ channelsFirst }) => channelsFirst)) {
    return [[scope.channelsFirst(first), ...others.map((x) => scope.channelsFirst(x))], true];
  }
  const isSameOrder = ({ order }: Traced) =>
    order === first.order || (order && first.order && sameShape(order, first.order));
  if (others.every(isSameOrder)) return [inputs, first.channelsFirst];
  return [[scope.channelsLast(first), ...others.map((x) => scope.channelsLast(x))], false];
}

/** Features [N, F] one after the other. They may stay in their orders: the output's order says what lies where. */
function concatenatedFeatures(scope: ExportScope, inputs: readonly Traced[]): OnnxValue {
  const joined = scope.node("Concat", inputs, { attributes: { axis: { int: 1 } }, channelsFirst: false });
  if (!inputs.some(({ order }) => order)) return joined;
  const order: number[] = [];
  for (const { order: own, shape } of inputs) {
    const start = order.length;
    for (let i = 0; i < (shape[0] ?? 1); i++) order.push(start + (own?.[i] ?? i));
  }
  return { ...joined, order };
}
