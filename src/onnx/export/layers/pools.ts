import type { Padding4 } from "../../../core/geometry.js";
import type { Extents } from "../../../nn/graph/trace.js";
import type { OnnxAttribute } from "../form.js";
import type { BuiltInExporter } from "../scope.js";
import { optionsOf } from "./support.js";
import { type SlidingWindow, slid } from "./windows.js";

export const maxPooling2d = pool("MaxPool");
/** Padding does not count. */
export const averagePooling2d = pool("AveragePool", { count_include_pad: { int: 0 } });
export const globalMaxPooling2d = globalPool("GlobalMaxPool");
export const globalAveragePooling2d = globalPool("GlobalAveragePool");

function pool(operator: string, own: Readonly<Record<string, OnnxAttribute>> = {}): BuiltInExporter {
  return (scope, layer, [images], output) => {
    const options = optionsOf(layer);
    const asked = {
      window: options.pair("poolSize", 1),
      strides: options.pair("strides", 1),
      dilations: [1, 1] as const,
      padding: options.padding(),
    };
    const sliding = {
      ...asked,
      padding: asked.padding === "same" ? "same" : reached(asked.padding, asked, images.extents, output),
    } as const;
    const { padding, window } = sliding;
    if (padding !== "same" && padding.some((side, i) => side >= window[i < 2 ? 0 : 1])) {
      const why = `has padding [${padding.join(", ")}], expected less than the window [${window.join(", ")}] where an extent varies`;
      return scope.refuse(layer, why, [images]);
    }
    const {
      x,
      attributes: { dilations: _, ...attributes },
    } = slid(scope, images, images.shape, sliding);
    return scope.node(operator, [x], { attributes: { ...attributes, ...own } });
  };
}

/**
 * The padding without rows and columns at the end that no window reaches: ONNX Runtime takes no padding as large as the
 * window.
 */
function reached(padding: Padding4, { window, strides }: SlidingWindow, input: Extents, output: Extents): Padding4 {
  const end = (i: 0 | 1): number => {
    const [begin, end] = i === 0 ? [padding[0], padding[1]] : [padding[2], padding[3]];
    const [before, after] = [input.example[i], output.example[i]];
    if (typeof before !== "number" || typeof after !== "number") return end;
    return Math.min(end, Math.max(0, (after - 1) * strides[i] + window[i] - before - begin));
  };
  return [padding[0], end(0), padding[2], end(1)];
}

function globalPool(operator: string): BuiltInExporter {
  return (scope, layer, [images]) => {
    const pooled = scope.node(operator, [scope.channelsFirst(images)]);
    return optionsOf(layer).boolean("keepDims", false)
      ? pooled
      : scope.node("Flatten", [pooled], { channelsFirst: false });
  };
}
