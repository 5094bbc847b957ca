import type { Layer } from "../../../nn/layer.js";
import type { OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope } from "../scope.js";
import { optionsOf } from "./support.js";
import { needsNodes, type Slid, type SlidingWindow, slid } from "./windows.js";

export const maxPooling2d: BuiltInExporter = (scope, layer, [images]) =>
  pooled(scope, "MaxPool", slid(scope, images, images.shape, slidingOf(layer), Number.NEGATIVE_INFINITY));

/** Padding does not count. */
export const averagePooling2d: BuiltInExporter = (scope, layer, [images]) => {
  const sliding = slidingOf(layer);
  const { x, attributes } = slid(scope, images, images.shape, sliding);
  if (!needsNodes(images.shape, sliding)) return pooled(scope, "AveragePool", { x, attributes });
  // The zeros around the images would count. The same means of ones say which share of each window is inside.
  const shape = scope.node("Shape", [scope.channelsFirst(images)], { channelsFirst: false });
  const zeros = scope.node("ConstantOfShape", [shape], { channelsFirst: true });
  const { x: inside } = slid(scope, scope.node("Add", [zeros, scope.numbers(1)]), images.shape, sliding);
  // The product is x again. Without it, ONNX Runtime puts the padding into the pool, which does not take so much.
  const means = pooled(scope, "AveragePool", { x: scope.node("Mul", [x, inside]), attributes });
  return scope.node("Div", [means, pooled(scope, "AveragePool", { x: inside, attributes })]);
};

export const globalMaxPooling2d = globalPool("GlobalMaxPool");
export const globalAveragePooling2d = globalPool("GlobalAveragePool");

function pooled(scope: ExportScope, operator: string, { x, attributes }: Slid): OnnxValue {
  const { dilations: _, ...window } = attributes;
  return scope.node(operator, [x], { attributes: window });
}

function slidingOf(layer: Layer): SlidingWindow {
  const options = optionsOf(layer);
  return {
    ...{ window: options.pair("poolSize", 1), strides: options.pair("strides", 1), dilations: [1, 1] },
    ...{ padding: options.padding(), isPool: true },
  };
}

function globalPool(operator: string): BuiltInExporter {
  return (scope, layer, [images]) => {
    const pooled = scope.node(operator, [scope.channelsFirst(images)]);
    return optionsOf(layer).boolean("keepDims", false)
      ? pooled
      : scope.node("Flatten", [pooled], { channelsFirst: false });
  };
}
