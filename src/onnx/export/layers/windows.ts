import type { Padding4, PaddingRequest } from "../../../core/geometry.js";
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
  /** Whether ONNX Runtime takes only padding that is less than the window, as it does in pools. */
  readonly isPool: boolean;
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
 * @param outside what is in the padding, if nodes must add it
 */
export function slid(
  scope: ExportScope,
  images: OnnxValue,
  shape: ExampleShape,
  sliding: SlidingWindow,
  outside = 0,
): Slid {
  const { window, strides, dilations } = sliding;
  const x = scope.channelsFirst(images);
  const attributes = { kernel_shape: { ints: window }, strides: { ints: strides }, dilations: { ints: dilations } };
  if (needsNodes(shape, sliding)) return { x: padded(scope, x, shape, sliding, outside), attributes };
  const known = knownPadding(shape, sliding);
  return { x, attributes: { ...attributes, ...(known ? { pads: { ints: inOnnxOrder(known) } } : AUTOMATIC) } };
}

const AUTOMATIC = { auto_pad: { text: "SAME_UPPER" } };

/**
 * Whether nodes must add the padding. ONNX Runtime has no automatic one with dilations, or with windows smaller than the
 * strides.
 */
export function needsNodes(shape: ExampleShape, sliding: SlidingWindow): boolean {
  const { window, strides, dilations, isPool } = sliding;
  const known = knownPadding(shape, sliding);
  if (known) return isPool && known.some((side, i) => side >= window[i < 2 ? 0 : 1]);
  return ([0, 1] as const).some((i) => dilations[i] > 1 || window[i] < strides[i]);
}

/** The padding, if it does not depend on an extent that varies. */
function knownPadding(shape: ExampleShape, sliding: SlidingWindow): Padding4 | undefined {
  if (sliding.padding !== "same") return sliding.padding;
  const [height, width] = [samePadding(0, shape, sliding), samePadding(1, shape, sliding)];
  return height && width && [...height, ...width];
}

/** [top, left, bottom, right] */
export function inOnnxOrder([top, bottom, left, right]: Padding4): readonly number[] {
  return [top, left, bottom, right];
}

/** TensorFlow's "same" along height (0) or width (1). Undefined if it depends on an extent that varies. */
function samePadding(i: 0 | 1, shape: ExampleShape, sliding: SlidingWindow): Two | undefined {
  const stride = sliding.strides[i];
  const effective = (sliding.window[i] - 1) * sliding.dilations[i] + 1;
  // With stride 1, and with a window of one element, it is the same for all extents.
  const extent = shape[i] ?? (stride === 1 || effective === 1 ? 1 : undefined);
  if (extent === undefined) return undefined;
  const total = Math.max((Math.ceil(extent / stride) - 1) * stride + effective - extent, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Images with their padding around them. */
function padded(
  scope: ExportScope,
  x: OnnxValue,
  shape: ExampleShape,
  sliding: SlidingWindow,
  outside: number,
): OnnxValue {
  const known = knownPadding(shape, sliding);
  const [top, left, bottom, right] = known ? inOnnxOrder(known) : [];
  const pads = known ? scope.integers([0, 0, top, left, 0, 0, bottom, right].map(Number)) : samePads(scope, x, sliding);
  return scope.node("Pad", [x, pads, outside === 0 ? undefined : scope.numbers(outside)]);
}

/** The padding of "same", computed from the extents of the images. */
function samePads(scope: ExportScope, x: OnnxValue, { window, strides, dilations }: SlidingWindow): OnnxValue {
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
  return scope.node("Concat", sides, { ...plain, attributes: { axis: { int: 0 } } });
}
