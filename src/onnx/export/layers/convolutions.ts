import { existing } from "../../../core/objects.js";
import type { OptionReader } from "../../../core/options.js";
import type { Layer } from "../../../nn/layer.js";
import type { OnnxInput, OnnxValue } from "../form.js";
import type { BuiltInExporter, ExportScope } from "../scope.js";
import { transposed } from "../weightForms.js";
import { activated, optionsOf } from "./support.js";
import { inOnnxOrder, type SlidingWindow, slid } from "./windows.js";

/** [R, S, in, out] as [out, in, R, S]; for transposed convolutions [R, S, out, in] as [in, out, R, S]. */
const CHANNELS_FIRST = transposed(3, 2, 0, 1);

/** Height and width. */
const BOTH = [0, 1] as const;

export const conv2d: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  const groups = options.integer("groups", 1);
  return activated(scope, convolution(scope, layer, x, slidingOf(options), "kernel", groups), options);
};

export const depthwiseConv2d: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  return activated(scope, convolution(scope, layer, x, slidingOf(options), "kernel", channelsOf(x)), options);
};

export const separableConv2d: BuiltInExporter = (scope, layer, [x]) => {
  const options = optionsOf(layer);
  const { x: images, attributes } = slid(scope, x, x.shape, slidingOf(options));
  const depthwise = scope.weight(layer, "depthwiseKernel", CHANNELS_FIRST);
  const group = { int: channelsOf(x) };
  const between = scope.node("Conv", [images, depthwise], { attributes: { ...attributes, group } });
  const pointwise = scope.weight(layer, "pointwiseKernel", CHANNELS_FIRST);
  return activated(scope, scope.node("Conv", [between, pointwise, scope.weightIfAny(layer, "bias")]), options);
};

export const conv2dTranspose: BuiltInExporter = (scope, layer, [x], output) => {
  const options = optionsOf(layer);
  const { window, strides, dilations, padding } = slidingOf(options);
  const effective = BOTH.map((i) => (window[i] - 1) * dilations[i] + 1);
  // The padding of the convolution that takes the output, of the input's extents times the strides, to the input.
  const same = BOTH.flatMap((i) => {
    const total = Math.max(existing(effective[i]) - strides[i], 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  const [top = 0, bottom = 0, left = 0, right = 0] = padding === "same" ? same : padding;
  const cut = [top + bottom, left + right];
  // Rows and columns at the end, without which the output would be smaller. They are as many for all extents.
  const outputPadding = BOTH.map((i) => {
    const [before, after] = [existing(x.extents.trials[0]?.[i + 1]), existing(output.trials[0]?.[i + 1])];
    return after - ((before - 1) * strides[i] + existing(effective[i]) - existing(cut[i]));
  });
  const attributes = {
    ...{ kernel_shape: { ints: window }, strides: { ints: strides }, dilations: { ints: dilations } },
    ...{ pads: { ints: inOnnxOrder([top, bottom, left, right]) }, output_padding: { ints: outputPadding } },
  };
  const kernel = scope.weight(layer, "kernel", CHANNELS_FIRST);
  const inputs = [scope.channelsFirst(x), kernel, scope.weightIfAny(layer, "bias")];
  return activated(scope, scope.node("ConvTranspose", inputs, { attributes }), options);
};

function convolution(
  scope: ExportScope,
  layer: Layer,
  x: OnnxInput,
  sliding: SlidingWindow,
  kernel: string,
  groups: number,
): OnnxValue {
  const { x: images, attributes } = slid(scope, x, x.shape, sliding);
  const inputs = [images, scope.weight(layer, kernel, CHANNELS_FIRST), scope.weightIfAny(layer, "bias")];
  return scope.node("Conv", inputs, { attributes: { ...attributes, group: { int: groups } } });
}

function slidingOf(options: OptionReader): SlidingWindow {
  return {
    window: options.pair("kernelSize", 1),
    strides: options.pair("strides", 1),
    dilations: options.pair("dilationRate", 1),
    padding: options.padding(),
    isPool: false,
  };
}

/** The channels of images, which do not vary where a kernel depends on them. */
function channelsOf({ shape }: OnnxInput): number {
  return shape[2] ?? 1;
}
