import type { PaddingRequest } from "../../../core/geometry.js";
import type { ExampleShape } from "../../../nn/graph/extents.js";
import type { OnnxAttribute, OnnxValue } from "../form.js";
import type { ExportScope } from "../scope.js";

type Two = readonly [number, number];

/** How a window slides. Pairs are [height, width]. */
export interface SlidingWindow {
  readonly window: Two;
  readonly strides: Two;
  readonly dilations: Two;
  readonly padding: PaddingRequest;
}

/** The attributes of a window, and its input. */
export interface Slid {
  readonly x: OnnxValue;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/**
 * The attributes of a window that slides over images.
 *
 * @param shape [H, W, C]
 */
export function slid(scope: ExportScope, images: OnnxValue, shape: ExampleShape, sliding: SlidingWindow): Slid {
  const { window, strides, dilations, padding } = sliding;
  const x = scope.channelsFirst(images);
  const attributes = { kernel_shape: { ints: window }, strides: { ints: strides }, dilations: { ints: dilations } };
  if (padding !== "same") return { x, attributes: { ...attributes, pads: { ints: inOnnxOrder(padding) } } };
  const [height, width] = [samePadding(0, shape, sliding), samePadding(1, shape, sliding)];
  if (height && width) {
    return { x, attributes: { ...attributes, pads: { ints: inOnnxOrder([...height, ...width]) } } };
  }
  // ONNX Runtime has no automatic padding with dilations.
  if (dilations[0] > 1 || dilations[1] > 1) return { x: padded(scope, x, sliding), attributes };
  return { x, attributes: { ...attributes, auto_pad: { text: "SAME_UPPER" } } };
}

/** [top, left, bottom, right] */
export function inOnnxOrder([top, bottom, left, right]: readonly [number, number, number, number]): readonly number[] {
  return [top, left, bottom, right];
}

/** TensorFlow's "same" along height (0) or width (1). Undefined if it depends on an extent that varies. */
function samePadding(i: 0 | 1, shape: ExampleShape, sliding: SlidingWindow): Two | undefined {
  const stride = sliding.strides[i];
  const extent = shape[i] ?? (stride === 1 ? 1 : undefined);
  if (extent === undefined) return undefined;
  const effective = (sliding.window[i] - 1) * sliding.dilations[i] + 1;
  const total = Math.max((Math.ceil(extent / stride) - 1) * stride + effective - extent, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Images with the zeros of "same" around them, whose number the graph computes. */
function padded(scope: ExportScope, x: OnnxValue, { window, strides, dilations }: SlidingWindow): OnnxValue {
  const plain = { channelsFirst: false };
  const arithmetic = (operator: string, a: OnnxValue, b: OnnxValue) => scope.node(operator, [a, b], plain);
  const [steps, one] = [scope.integers(strides), scope.integers([1])];
  const effective = scope.integers([(window[0] - 1) * dilations[0] + 1, (window[1] - 1) * dilations[1] + 1]);
  const extents = scope.node("Shape", [x], { ...plain, attributes: { start: { int: 2 }, end: { int: 4 } } });
  // ⌈extent / stride⌉ − 1 = ⌊(extent − 1) / stride⌋
  const last = arithmetic("Div", arithmetic("Sub", extents, one), steps);
  const covered = arithmetic("Add", arithmetic("Mul", last, steps), effective);
  const total = arithmetic("Max", arithmetic("Sub", covered, extents), scope.integers([0]));
  const begin = arithmetic("Div", total, scope.integers([2]));
  const none = scope.integers([0, 0]);
  const sides = [none, begin, none, arithmetic("Sub", total, begin)];
  return scope.node("Pad", [x, scope.node("Concat", sides, { ...plain, attributes: { axis: { int: 0 } } })]);
}
