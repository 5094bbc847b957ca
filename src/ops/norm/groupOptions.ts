import { OptionError, ShapeError } from "../../core/errors.js";
import type { Layout } from "../../core/geometry.js";
import { OptionReader } from "../../core/options.js";
import { elementsOf, type Shape, sameShape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { toLayout, transpose } from "../arrange/transpose.js";
import { readAxes } from "../kit/axes.js";
import { readImage } from "../kit/images.js";

/** The options of layer normalization and its gradient. The names are WebNN's. */
export interface LayerNormalizationOptions {
  /**
   * float32, a factor for each normalized element. Its shape is the extents of x along `axes`, in the order of `axes`.
   * 1 if left out.
   */
  readonly scale?: Tensor | undefined;
  /** float32, added to each normalized element. It has the shape of `scale`. 0 if left out. */
  readonly bias?: Tensor | undefined;
  /**
   * The axes to normalize over, in any order. A negative number counts from the end. [1, …, rank − 1] if left out, as
   * in WebNN (Keras: the last axis). With `[]`, each element is normalized alone.
   */
  readonly axes?: readonly number[] | undefined;
  /** Added to the variance, ≥ 0. 1e-5 if left out, as in WebNN and PyTorch (Keras: 1e-3). */
  readonly epsilon?: number | undefined;
}

/** The options of instance normalization and its gradient. The names are WebNN's. */
export interface InstanceNormalizationOptions {
  /** float32 [C], a factor for each channel. 1 if left out. */
  readonly scale?: Tensor | undefined;
  /** float32 [C], added to each channel. 0 if left out. */
  readonly bias?: Tensor | undefined;
  /** Added to the variance, ≥ 0. 1e-5 if left out, as in WebNN and PyTorch. */
  readonly epsilon?: number | undefined;
  /** The order of the axes of x and y: "nhwc" (default; WebNN: "nchw") or "nchw". */
  readonly layout?: Layout | undefined;
}

/** The options of group normalization and its gradient. */
export interface GroupNormalizationOptions extends InstanceNormalizationOptions {
  /** The number of groups of neighbouring channels. It must divide C. Required. */
  readonly groups: number;
}

/** A call with its options read: x as [n, pixels, c], its channels in groups. */
export interface GroupCall {
  readonly geometry: GroupGeometry;
  /** The shape of scale and bias, and of their gradients. */
  readonly channelShape: Shape;
  /** The shape of x, in words. */
  readonly shown: string;
  readonly shape: Shape;
  /** Tensors of x's shape as [n, pixels, c], and back. */
  toGroups(x: Tensor): Tensor;
  fromGroups(y: Tensor): Tensor;
}

export interface GroupGeometry {
  readonly n: number;
  readonly pixels: number;
  readonly c: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** @throws OptionError, ShapeError */
export function readLayerNormalization(operator: string, x: Tensor, options: LayerNormalizationOptions): GroupCall {
  const { shape } = x;
  const reader = new OptionReader(operator, options, ["scale", "bias", "axes", "epsilon"]);
  const axes = readAxes(reader, shape.length, [...shape.keys()].slice(1));
  if (axes.length === 0 && reader.given("axes") === undefined) {
    throw new ShapeError(
      `${operator}: x is [${shape.join(", ")}], and the default axes begin with the second; give axes, such as ${shape.length === 0 ? "[]" : "[0]"}`,
    );
  }
  const channelShape = axes.map((axis) => shape[axis] ?? 1);
  const c = elementsOf(channelShape);
  const geometry = { n: x.size / c, pixels: 1, c, groups: 1, epsilon: readEpsilon(reader) };
  const moves = movesToEnd(shape, axes);
  const shown = `[${shape.join(", ")}]`;
  checkChannels(operator, options, channelShape, `the extents of x along axes [${axes.join(", ")}] (x ${shown})`);
  return {
    geometry,
    channelShape,
    shown,
    shape,
    toGroups(x) {
      const moved = moves.reduce((x, { outer, extent, inner }) => swapped(x, [outer, extent, inner]), x);
      return reshape(moved, [geometry.n, 1, c]);
    },
    fromGroups(y) {
      const moved = moves.reduceRight((y, { outer, extent, inner }) => swapped(y, [outer, inner, extent]), y);
      return reshape(moved, shape);
    },
  };
}

/**
 * A run of neighbouring axes that moves to the end. The axes before it have `outer` elements, the axes after it
 * `inner`.
 */
interface Move {
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

/** Moves one run of axes after the other, so a tensor may have any number of axes. */
function movesToEnd(shape: Shape, axes: readonly number[]): Move[] {
  let order = [...shape.keys()];
  const extentOf = (axes: readonly number[]) => elementsOf(axes.map((axis) => shape[axis] ?? 1));
  const moves: Move[] = [];
  for (let i = 0; i < axes.length; ) {
    const start = order.indexOf(axes[i] ?? 0);
    let end = start;
    while (i < axes.length && order[end] === axes[i]) {
      end++;
      i++;
    }
    const [before, run, behind] = [order.slice(0, start), order.slice(start, end), order.slice(end)];
    const move = { outer: extentOf(before), extent: extentOf(run), inner: extentOf(behind) };
    if (move.extent > 1 && move.inner > 1) moves.push(move);
    order = [...before, ...behind, ...run];
  }
  return moves;
}

/** The tensor of these three extents with the last two axes swapped. */
function swapped(x: Tensor, extents: readonly [number, number, number]): Tensor {
  return transpose(reshape(x, extents), { permutation: [0, 2, 1] });
}

/**
 * @param groups whether there is an option `groups`. Otherwise each channel is a group
 * @throws OptionError, ShapeError
 */
export function readGroupNormalization(
  operator: string,
  x: Tensor,
  options: InstanceNormalizationOptions & { readonly groups?: number | undefined },
  hasGroups: boolean,
): GroupCall {
  const known = ["scale", "bias", "epsilon", "layout"];
  const reader = new OptionReader(operator, options, hasGroups ? ["groups", ...known] : known);
  const layout = reader.word("layout", ["nhwc", "nchw"], "nhwc");
  const given = hasGroups ? reader.integer("groups", 1) : undefined;
  const epsilon = readEpsilon(reader);
  const { n, h, w, c } = readImage(operator, "x", x.shape, layout);
  const groups = given ?? c;
  const shown = `[${x.shape.join(", ")}] ${layout}`;
  if (c % groups !== 0) {
    throw new OptionError(`${operator}: groups is ${groups}, expected a divisor of the ${c} channels (x ${shown})`);
  }
  checkChannels(operator, options, [c], `the channels of x (x ${shown})`);
  return {
    geometry: { n, pixels: h * w, c, groups, epsilon },
    channelShape: [c],
    shown,
    shape: x.shape,
    toGroups: (x) => reshape(toLayout(x, layout, "nhwc"), [n, h * w, c]),
    fromGroups: (y) => toLayout(reshape(y, [n, h, w, c]), "nhwc", layout),
  };
}

/** @throws ShapeError if dy does not have x's shape, which is also the shape of the forward's output */
export function checkGroupSlope(operator: string, dy: Tensor, { shape, shown }: GroupCall): void {
  if (sameShape(dy.shape, shape)) return;
  throw new ShapeError(`${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output ${shown}`);
}

function readEpsilon(reader: OptionReader): number {
  return reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-5);
}

function checkChannels(
  operator: string,
  { scale, bias }: { readonly scale?: Tensor | undefined; readonly bias?: Tensor | undefined },
  expected: Shape,
  of: string,
): void {
  for (const [argument, tensor] of Object.entries({ scale, bias })) {
    if (tensor === undefined || sameShape(tensor.shape, expected)) continue;
    throw new ShapeError(
      `${operator}: ${argument} is [${tensor.shape.join(", ")}], expected [${expected.join(", ")}], ${of}`,
    );
  }
}
