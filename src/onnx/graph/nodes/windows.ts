import type { Padding } from "../../../core/options.js";
import type { Shape } from "../../../core/shape.js";
import type { Layer } from "../../../nn/layer.js";
import { Conv2D, Conv2DTranspose } from "../../../nn/layers/convolutions.js";
import {
  AveragePooling2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  MaxPooling2D,
} from "../../../nn/layers/pools.js";
import type { HostTensor } from "../../format/onnxFile.js";
import { permuted, reshaped } from "../../host/arrays.js";
import type { PlainAttributes } from "../../host/attributes.js";
import { channelsLast } from "../../host/orders.js";
import { present } from "../../host/present.js";
import { weightOf } from "../emitter.js";
import { type NodeScope, Unsupported } from "../nodeScope.js";
import { type Device, isDevice, type Operand } from "../values.js";
import type { NodeKind } from "./nodeKind.js";

const WINDOW = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"];

/** The images or signals that a window slides over, with their channels last. */
function imagesOf(scope: NodeScope): Device {
  const x = scope.device(0);
  const rank = x.order.length;
  if (rank !== 3 && rank !== 4) {
    throw new Unsupported(`its input has ${rank} axes, expected 4 (images) or 3 (signals)`);
  }
  return scope.inOrder(x, channelsLast(rank));
}

/** The attributes for two axes. Signals are images of one row. */
function windowOf(scope: NodeScope, x: Device, kernel: Shape | undefined): PlainAttributes {
  const { attributes } = scope;
  const axes = x.order.length - 2;
  const list = (name: string, one: number, fallback: Shape | undefined, times = 1) => {
    const given = attributes.list(name) ?? fallback;
    if (!given) return {};
    if (given.length !== axes * times) {
      throw new Unsupported(`its attribute ${name} has ${given.length} numbers, expected ${axes * times}`);
    }
    if (axes === 2) return { [name]: given };
    return { [name]: Array.from({ length: 2 * times }, (_, i) => (i % 2 === 0 ? one : present(given[i >> 1]))) };
  };
  return {
    auto_pad: attributes.text("auto_pad", "NOTSET"),
    ...list("kernel_shape", 1, kernel),
    ...list("strides", 1, undefined),
    ...list("dilations", 1, undefined),
    ...list("pads", 0, undefined, 2),
    ...list("output_padding", 0, undefined),
    ...list("output_shape", 1, undefined),
  };
}

/** What the layers of the library take, if they can express the window. */
function layerWindow(scope: NodeScope, x: Device) {
  const { attributes } = scope;
  const pair = (name: string): readonly [number, number] => {
    const [height = 1, width = 1] = attributes.list(name) ?? [];
    return [height, width];
  };
  const auto = attributes.text("auto_pad", "NOTSET");
  if (x.order.length !== 4 || auto === "SAME_LOWER") return undefined;
  const [top = 0, left = 0, bottom = 0, right = 0] = attributes.list("pads") ?? [];
  const padding: Padding =
    auto === "SAME_UPPER" ? "same" : auto === "VALID" ? [0, 0, 0, 0] : [top, bottom, left, right];
  if (Math.min(top, left, bottom, right) < 0) throw new Unsupported("its pads are negative");
  return { strides: pair("strides"), dilationRate: pair("dilations"), padding };
}

/** A filter of a convolution: [K, C, R, S] becomes [R, S, C, K]. A constant filter of signals gets one row. */
function filterOf(
  scope: NodeScope,
  x: Device,
): { readonly constant: HostTensor | undefined; readonly operand: Operand } {
  const w = scope.value(1);
  const order = x.order.length === 4 ? [2, 3, 1, 0] : [2, 1, 0];
  if (isDevice(w)) {
    if (w.order.length !== x.order.length) {
      throw new Unsupported(`its filter has ${w.order.length} axes, expected ${x.order.length}`);
    }
    return { constant: undefined, operand: scope.inOrder(w, order) };
  }
  const tensor = present(scope.constant(1, "filter"));
  if (tensor.shape.length !== x.order.length) {
    throw new Unsupported(`its filter has ${tensor.shape.length} axes, expected ${x.order.length}`);
  }
  const moved = permuted(tensor, order);
  const constant = order.length === 4 ? moved : reshaped(moved, [1, ...moved.shape]);
  return { constant, operand: weightOf("kernel", constant, tensor) };
}

function biasOf(scope: NodeScope): Operand {
  if (!scope.has(2)) return undefined;
  const bias = scope.value(2);
  if (isDevice(bias)) return scope.emitter.plain(bias);
  const tensor = present(scope.constant(2, "bias"));
  return weightOf("bias", tensor);
}

function convolution(transposed: boolean): NodeKind {
  return {
    attributes: [...WINDOW, "group", ...(transposed ? ["output_padding", "output_shape"] : [])],
    lower(scope) {
      const x = imagesOf(scope);
      const { constant, operand } = filterOf(scope, x);
      const bias = biasOf(scope);
      const groups = scope.attributes.number("group", 1);
      const kernel = constant?.shape.slice(0, 2).slice(4 - x.order.length);
      checkKernel(scope, kernel);
      const window = layerWindow(scope, x);
      const result = { order: x.order, dtype: x.dtype };
      const special =
        ["output_padding", "output_shape"].some((name) => scope.attributes.list(name)) || (transposed && groups > 1);
      const hasBias = bias?.form === "weight";
      if (constant && window && !special && (!bias || hasBias) && !(transposed && window.padding === "same")) {
        const [r = 1, s = 1, o = 1, k = 1] = constant.shape;
        const activation = scope.takeRelu() ? "relu" : "none";
        const options = { ...window, kernelSize: [r, s] as const, useBias: hasBias, activation } as const;
        const weights = {
          kernel: { tensor: constant, of: present(scope.constant(1, "filter")) },
          ...(hasBias && { bias }),
        };
        const make = (): Layer =>
          transposed ? new Conv2DTranspose({ ...options, filters: o }) : new Conv2D({ ...options, filters: k, groups });
        return scope.layer(make, x, weights, result, JSON.stringify({ ...options, groups }));
      }
      const fused = !transposed && scope.takeRelu() ? { activation: "relu" } : {};
      const attributes = { ...windowOf(scope, x, kernel), group: groups, ...fused };
      return scope.operator(scope.node.op, [x, operand, bias], attributes, result);
    },
  };
}

/** @throws Unsupported if the attribute contradicts the filter */
function checkKernel(scope: NodeScope, kernel: Shape | undefined): void {
  const given = scope.attributes.list("kernel_shape");
  if (!given || !kernel || given.join() === kernel.join()) return;
  throw new Unsupported(`its kernel_shape is [${given.join(", ")}], expected [${kernel.join(", ")}] as in its filter`);
}

function pool(attributes: readonly string[]): NodeKind {
  return {
    attributes: [...WINDOW, "ceil_mode", ...attributes],
    lower(scope) {
      if (scope.used[1]) throw new Unsupported("its second output, the positions of the maxima, is used");
      const x = imagesOf(scope);
      const kernel = scope.attributes.list("kernel_shape");
      if (!kernel) throw new Unsupported("its attribute kernel_shape is missing");
      const ceil = scope.attributes.number("ceil_mode", 0);
      const counts = scope.attributes.number("count_include_pad", 0);
      const window = layerWindow(scope, x);
      const dilated = (scope.attributes.list("dilations") ?? []).some((dilation) => dilation !== 1);
      const padded = window && (window.padding === "same" || String(window.padding) !== "0,0,0,0");
      const result = { order: x.order, dtype: x.dtype };
      const [height = 1, width = 1] = kernel;
      if (window && ceil === 0 && !dilated && !(counts !== 0 && padded)) {
        const options = { poolSize: [height, width] as const, strides: window.strides, padding: window.padding };
        const make = () => (scope.node.op === "MaxPool" ? new MaxPooling2D(options) : new AveragePooling2D(options));
        return scope.layer(make, x, {}, result);
      }
      const more = { ceil_mode: ceil, count_include_pad: counts };
      return scope.operator(scope.node.op, [x], { ...windowOf(scope, x, kernel), ...more }, result);
    },
  };
}

function globalPool(make: () => Layer): NodeKind {
  return {
    attributes: [],
    lower(scope) {
      const x = imagesOf(scope);
      const result = { order: x.order, dtype: x.dtype };
      return x.order.length === 4 ? scope.layer(make, x, {}, result) : scope.operator(scope.node.op, [x], {}, result);
    },
  };
}

export const WINDOW_NODES: Readonly<Record<string, NodeKind>> = {
  AveragePool: pool(["count_include_pad"]),
  Conv: convolution(false),
  ConvTranspose: convolution(true),
  GlobalAveragePool: globalPool(() => new GlobalAveragePooling2D({ keepDims: true })),
  GlobalMaxPool: globalPool(() => new GlobalMaxPooling2D({ keepDims: true })),
  MaxPool: pool(["storage_order"]),
};
