/** What the page shows, computed by the library: a convolution and a pooling, forward and backward, and one step of each. */
import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackward,
  maxPool2d,
  maxPool2dBackward,
  pad2d,
  pad2dBackward,
  reshape,
  type Tensor,
} from "webgpu-cnn";
import { convSingleStep } from "webgpu-cnn/step-by-step";
import type { HostTensor } from "../images.js";
import { at, cellsOf, channelOfLast, gather, key, nearest, only, same, windowAt } from "./maps.js";
import type { Cell, Settings } from "./settings.js";

/** What the lesson needs to know of the settings. */
export type LessonSettings = Pick<
  Settings,
  | "bias"
  | "stride"
  | "padding"
  | "dilation"
  | "pooling"
  | "window"
  | "poolStride"
  | "direction"
  | "cell"
  | "pooled"
  | "gradient"
  | "ties"
  | "walked"
>;

export interface Question {
  /** The picture, [1, H, W, C]. */
  readonly x: HostTensor;
  /** The filters, [R, S, C, K]. */
  readonly w: HostTensor;
  /** The filter that is looked at. */
  readonly filter: number;
  readonly settings: LessonSettings;
}

/** A window at work: where it lies, and what is computed there. */
export interface ConvolutionStep {
  readonly cell: Cell;
  /** The cells of the padded picture under the filter, in the filter's order. */
  readonly taps: readonly Cell[];
  /** [R, S, C], as the two that follow. */
  readonly window: HostTensor;
  readonly weights: HostTensor;
  readonly products: HostTensor;
  readonly bias: number;
  readonly sum: number;
}

export interface PoolingStep {
  readonly cell: Cell;
  /** The cells of the feature map under the window. */
  readonly taps: readonly Cell[];
  /** [window, window], as the one that follows. */
  readonly window: HostTensor;
  /** What share of a gradient each cell gets. */
  readonly shares: HostTensor;
  readonly value: number;
}

/** The gradients, after some of the feature map's windows have passed theirs on. Only the filter that is looked at has any. */
export interface Backward {
  readonly dPooled: HostTensor;
  readonly dFeatures: HostTensor;
  readonly dPadded: HostTensor;
  readonly dInput: HostTensor;
  readonly dWeights: HostTensor;
  readonly dBias: HostTensor;
  /** How many cells of the feature map have a gradient, and how many of them have passed it on. */
  readonly total: number;
  readonly done: number;
  /** What the last one of them gave; left out before the first. */
  readonly last?: BackwardStep;
}

export interface BackwardStep {
  readonly cell: Cell;
  readonly taps: readonly Cell[];
  readonly gradient: number;
  /** [R, S, C]: what is added to dPadded under the window, … */
  readonly toInput: HostTensor;
  /** … and to dWeights. */
  readonly toWeights: HostTensor;
  readonly window: HostTensor;
  readonly weights: HostTensor;
}

export interface Answer {
  readonly padded: HostTensor;
  /** [1, P, Q, K] */
  readonly features: HostTensor;
  /** [1, I, J, K] */
  readonly pooled: HostTensor;
  readonly convolution: ConvolutionStep;
  readonly pooling: PoolingStep;
  readonly backward?: Backward;
}

/**
 * Answers on a backend. Where a cell lies outside its map, the nearest one of the map is meant.
 *
 * @throws ShapeError, in the library's words, where a window does not fit
 */
export async function answer(backend: Backend, question: Question): Promise<Answer> {
  const { settings, filter } = question;
  const forward = await forwardPass(backend, question);
  const { padded, features, pooled } = forward;
  const { dilation, stride, window, poolStride } = settings;
  const [filterSize = 0] = question.w.shape;
  const layer = {
    padded,
    weights: channelOfLast(question.w, filter),
    taps: ({ row, column }: Cell) => windowAt(row * stride, column * stride, filterSize, dilation),
  };

  const cell = nearest(settings.cell, features);
  const poolCell = nearest(settings.pooled, pooled);
  const poolTaps = windowAt(poolCell.row * poolStride, poolCell.column * poolStride, window, 1);
  const poolWindow: HostTensor = { shape: [window, window], values: gather(features, poolTaps, [filter]) };
  const convolution = await convolutionStep(backend, layer, cell, settings.bias);
  const shares = await poolingShares(backend, poolWindow, settings);
  const pooling = { cell: poolCell, taps: poolTaps, window: poolWindow, shares, value: at(pooled, poolCell, filter) };
  if (settings.direction === "forward") return { ...forward, convolution, pooling };
  return {
    ...forward,
    convolution,
    pooling,
    backward: await backwardPass(backend, question, forward, layer, poolCell),
  };
}

const pool = ({ window, poolStride }: LessonSettings) => ({ windowDimensions: window, strides: poolStride });
const conv = ({ stride, dilation }: LessonSettings) => ({ strides: stride, dilations: dilation });

/** The padding is an operator of its own here, so that it can be seen. */
async function forwardPass(backend: Backend, { x, w, settings }: Question) {
  const tensors = backend.tidy(() => {
    const padded = pad2d(tensor(backend, x), { padding: settings.padding });
    const bias = backend.full([w.shape[3] ?? 0], settings.bias);
    const features = conv2d(padded, tensor(backend, w), { ...conv(settings), bias });
    const pooled = (settings.pooling === "max" ? maxPool2d : averagePool2d)(features, pool(settings));
    return { padded, features, pooled };
  });
  const [padded, features, pooled] = await Promise.all([
    read(tensors.padded),
    read(tensors.features),
    read(tensors.pooled),
  ]);
  return { padded, features, pooled };
}

/** The layer as one step of it sees it. */
interface Layer {
  readonly padded: HostTensor;
  /** [R, S, C] of the filter that is looked at. */
  readonly weights: HostTensor;
  /** The padded cells under the window that makes a cell of the feature map. */
  taps(cell: Cell): Cell[];
}

async function convolutionStep(backend: Backend, layer: Layer, cell: Cell, bias: number): Promise<ConvolutionStep> {
  const { weights } = layer;
  const taps = layer.taps(cell);
  const window: HostTensor = { shape: weights.shape, values: gather(layer.padded, taps) };
  const tensors = backend.tidy(() => {
    const [a, w] = [tensor(backend, window), tensor(backend, weights)];
    // Each product by itself is a 1×1 convolution with a group to every element.
    const flat = [1, 1, 1, a.size];
    const products = conv2d(reshape(a, flat), reshape(w, flat), { groups: a.size });
    return { products: reshape(products, a.shape), sum: convSingleStep(a, w, backend.full([1, 1, 1], bias)) };
  });
  const [products, sum] = await Promise.all([read(tensors.products), read(tensors.sum)]);
  return {
    cell,
    taps,
    window,
    weights,
    products,
    bias,
    sum: sum.values[0] ?? Number.NaN,
  };
}

/** What one pooling window does with a gradient of 1: the mask of its maximum, or equal shares. */
async function poolingShares(backend: Backend, window: HostTensor, settings: LessonSettings): Promise<HostTensor> {
  const shares = backend.tidy(() => {
    const x = reshape(tensor(backend, window), [1, ...window.shape, 1]);
    return reshape(poolBackward(x, backend.full([1, 1, 1, 1], 1), settings), window.shape);
  });
  return read(shares);
}

function poolBackward(x: Tensor, dy: Tensor, settings: LessonSettings): Tensor {
  if (settings.pooling === "average") return averagePool2dBackward(x.shape, dy, pool(settings));
  return maxPool2dBackward(x, dy, { ...pool(settings), ties: settings.ties });
}

async function backwardPass(
  backend: Backend,
  { x, w, filter, settings }: Question,
  { features, pooled }: Pick<Answer, "features" | "pooled">,
  layer: Layer,
  poolCell: Cell,
): Promise<Backward> {
  const dPooled = only(pooled, filter, (cell) => (settings.gradient === "all" || same(cell, poolCell) ? 1 : 0));
  const dFeatures = await read(
    backend.tidy(() => poolBackward(tensor(backend, features), tensor(backend, dPooled), settings)),
  );
  const givers = cellsOf(dFeatures).filter((cell) => at(dFeatures, cell, filter) !== 0);
  const done = Math.min(settings.walked ?? givers.length, givers.length);
  const given = new Set(givers.slice(0, done).map(key));
  const passedOn = only(dFeatures, filter, (cell) => (given.has(key(cell)) ? at(dFeatures, cell, filter) : 0));

  const convBackward = (dy: HostTensor) =>
    conv2dBackward(tensor(backend, layer.padded), tensor(backend, w), tensor(backend, dy), conv(settings));
  const sums = backend.tidy(() => {
    const gradients = convBackward(passedOn);
    return { ...gradients, dInput: pad2dBackward(x.shape, gradients.dx, { padding: settings.padding }) };
  });
  const reads = [read(sums.dx), read(sums.dw), read(sums.db), read(sums.dInput)] as const;
  const [dPadded, dWeights, dBias, dInput] = await Promise.all(reads);
  const backward = { dPooled, dFeatures, dPadded, dWeights, dBias, dInput, total: givers.length, done };

  const cell = givers[done - 1];
  if (!cell) return backward;
  const gradient = at(dFeatures, cell, filter);
  const alone = only(dFeatures, filter, (other) => (same(cell, other) ? gradient : 0));
  const shares = backend.tidy(() => convBackward(alone));
  const [dx, dw] = await Promise.all([read(shares.dx), read(shares.dw)]);
  shares.db.dispose();
  const taps = layer.taps(cell);
  const { weights } = layer;
  const { shape } = weights;
  const last: BackwardStep = {
    cell,
    taps,
    gradient,
    toInput: { shape, values: gather(dx, taps) },
    toWeights: channelOfLast(dw, filter),
    window: { shape, values: gather(layer.padded, taps) },
    weights,
  };
  return { ...backward, last };
}

const tensor = (backend: Backend, { shape, values }: HostTensor): Tensor => backend.tensor(values, shape);

/** Reads tensors and disposes of them. */
async function read(tensor: Tensor): Promise<HostTensor> {
  try {
    return { shape: tensor.shape, values: await tensor.read() };
  } finally {
    tensor.dispose();
  }
}
