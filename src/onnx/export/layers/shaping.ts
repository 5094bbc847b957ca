import type { Shape } from "../../../core/shape.js";
import type { Layer } from "../../../nn/layer.js";
import { readSides } from "../../../nn/layers/shaping.js";
import type { OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope, Traced } from "../scope.js";
import { optionsOf } from "./support.js";

/** No end: ONNX's Slice goes to the end of the axis. */
const TO_THE_END = 2 ** 31 - 1;

export const dropout: BuiltInExporter = (_, __, [x]) => x;

export const flatten: BuiltInExporter = (scope, _, [x]) => {
  const [h, w, c] = x.shape;
  const isKnown = typeof h === "number" && typeof w === "number" && typeof c === "number";
  if (!x.channelsFirst || !isKnown) return scope.node("Flatten", [scope.channelsLast(x)], { channelsFirst: false });
  const flat = scope.node("Flatten", [x], { channelsFirst: false });
  const pixels = h * w;
  // Channel by channel. What comes next takes its weights in this order.
  if (pixels === 1 || c === 1) return flat;
  return { ...flat, order: Array.from({ length: pixels * c }, (_, i) => (i % pixels) * c + Math.floor(i / pixels)) };
};

export const reshape: BuiltInExporter = (scope, layer, [x]) => {
  const target: unknown = optionsOf(layer).given("targetShape");
  const extents: Shape = Array.isArray(target) ? target.map(Number) : [];
  // 0 keeps the extent of the batch.
  return scope.node("Reshape", [scope.channelsLast(x), scope.integers([0, ...extents])], { channelsFirst: false });
};

export const upSampling2d: BuiltInExporter = (scope, layer, [x]) => {
  const bilinear = optionsOf(layer).word("interpolation", ["nearest", "bilinear"]) === "bilinear";
  return enlarged(scope, layer, x, bilinear ? "half_pixel" : "nearest");
};

/** An image, larger by the factors of the layer's option `size`. @param points "nearest", or the coordinates between which is mixed */
export function enlarged(
  scope: ExportScope,
  layer: Layer,
  x: Traced,
  points: "nearest" | "half_pixel" | "asymmetric",
): OnnxValue {
  const [height, width] = optionsOf(layer).pair("size", 1);
  const attributes =
    points === "nearest"
      ? {
          mode: { text: "nearest" },
          coordinate_transformation_mode: { text: "asymmetric" },
          nearest_mode: { text: "floor" },
        }
      : { mode: { text: "linear" }, coordinate_transformation_mode: { text: points } };
  const inputs = [scope.channelsFirst(x), undefined, scope.numbers([1, 1, height, width])];
  return scope.node("Resize", inputs, { attributes });
}

export const zeroPadding2d: BuiltInExporter = (scope, layer, [x]) => {
  const [top, bottom, left, right] = readSides(optionsOf(layer), "padding", 0);
  const pads = x.channelsFirst ? [0, 0, top, left, 0, 0, bottom, right] : [0, top, left, 0, 0, bottom, right, 0];
  return scope.node("Pad", [x, scope.integers(pads)]);
};

export const cropping2d: BuiltInExporter = (scope, layer, [x]) => {
  const [top, bottom, left, right] = readSides(optionsOf(layer), "cropping", 0);
  const ends = [bottom, right].map((side) => (side === 0 ? TO_THE_END : -side));
  const axes = x.channelsFirst ? [2, 3] : [1, 2];
  return scope.node("Slice", [x, scope.integers([top, left]), scope.integers(ends), scope.integers(axes)]);
};
