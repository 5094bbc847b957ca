import type { BuiltInExporter } from "../scope.js";
import { reordered, reshaped, transposed } from "../weightForms.js";
import { activated, optionsOf } from "./support.js";

export const dense: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  const bias = scope.weightIfAny(layer, "bias");
  const units = options.integer("units", 1);
  const last = x.shape.at(-1) ?? 1;
  const plain = { channelsFirst: false };
  if (x.channelsFirst) {
    // Along the channels of images, it is a convolution of single pixels.
    const kernel = scope.weight(layer, "kernel", reshaped([units, last, 1, 1], transposed(1, 0)));
    const attributes = { kernel_shape: { ints: [1, 1] } };
    return activated(scope, scope.node("Conv", [x, kernel, bias], { attributes }), options);
  }
  if (x.shape.length === 1) {
    const kernel = scope.weight(layer, "kernel", reordered(x.order));
    return activated(scope, scope.node("Gemm", [x, kernel, bias], plain), options);
  }
  const product = scope.node("MatMul", [x, scope.weight(layer, "kernel")], plain);
  return activated(scope, bias ? scope.node("Add", [product, bias]) : product, options);
};
