import { conv2dProducts, sizeOf } from "../test/support/float64.js";
import { mulberry32 } from "../test/support/random.js";
import type { HostTensor } from "./operands.js";
import type { ConvolutionTask, Shape4, Task } from "./tasks.js";

/** For some axes of a tensor, the indices to take of them, in order. */
export type Selection = ReadonlyMap<number, readonly number[]>;

/**
 * A task that computes some of the elements of another from some of its inputs. The oracle is too slow for the whole of a large case, but
 * some images, channels or filters of the output can be had by themselves: the library is checked at the size that it is timed at.
 */
export interface Part {
  readonly task: Task;
  /** What to take of the inputs, by name. */
  readonly inputs: Readonly<Record<string, Selection>>;
  /** What of the whole output the part's output is. */
  readonly output: Selection;
}

/** What the oracle gets through in some tenths of a second. */
const MOST_PRODUCTS = 3e6;
const MOST_POOLED_ELEMENTS = 2e5;
/** Beginning and end of a batch, where chunks and tiles overhang. */
const IMAGES = 2;

const NOTHING: Selection = new Map();

export function partOf(task: Task): Part {
  switch (task.operator) {
    case "conv2d":
    case "conv2dBackwardInput":
    case "conv2dBackwardFilter":
    case "conv2dBackwardBias":
      return (task.options.groups ?? 1) === 1 ? denseConvolution(task) : groupedConvolution(task);
    case "transpose":
      return { task, inputs: {}, output: NOTHING };
    default: {
      const images = spread(task.x[0], IMAGES);
      const imageElements = task.x[1] * task.x[2];
      const channels = spread(task.x[3], MOST_POOLED_ELEMENTS / (images.length * imageElements));
      const both: Selection = new Map([
        [0, images],
        [3, channels],
      ]);
      const x: Shape4 = [images.length, task.x[1], task.x[2], channels.length];
      return { task: { ...task, x }, inputs: { x: both, dy: both }, output: both };
    }
  }
}

/** y by images and filters, dx by images and input channels, dw by input channels and filters, db by filters. */
function denseConvolution(task: ConvolutionTask): Part {
  const { operator, x, w } = task;
  const [n, h, width, c] = x;
  const [r, s, , k] = w;
  const products = conv2dProducts(x, w, task.options);
  if (operator === "conv2dBackwardFilter" || operator === "conv2dBackwardBias") {
    // Every weight's gradient sums over the whole batch: as many inputs as filters, and few of both.
    const each = Math.sqrt((MOST_PRODUCTS / products) * c * k);
    const cs = operator === "conv2dBackwardBias" ? [0] : spread(c, each);
    const ks = spread(k, (each * each) / cs.length);
    return {
      task: { ...task, x: [n, h, width, cs.length], w: [r, s, cs.length, ks.length] },
      inputs: { x: new Map([[3, cs]]), dy: new Map([[3, ks]]) },
      output:
        operator === "conv2dBackwardBias"
          ? new Map([[0, ks]])
          : new Map([
              [2, cs],
              [3, ks],
            ]),
    };
  }
  const images = spread(n, IMAGES);
  const share = (MOST_PRODUCTS / products) * (n / images.length);
  if (operator === "conv2d") {
    const ks = spread(k, share * k);
    return {
      task: { ...task, x: [images.length, h, width, c], w: [r, s, c, ks.length] },
      inputs: { x: new Map([[0, images]]), w: new Map([[3, ks]]) },
      output: new Map([
        [0, images],
        [3, ks],
      ]),
    };
  }
  const cs = spread(c, share * c);
  return {
    task: { ...task, x: [images.length, h, width, cs.length], w: [r, s, cs.length, k] },
    inputs: { dy: new Map([[0, images]]), w: new Map([[2, cs]]) },
    output: new Map([
      [0, images],
      [3, cs],
    ]),
  };
}

/** Some of the groups, each whole; all passes but that of the filter on some of the images. */
function groupedConvolution(task: ConvolutionTask): Part {
  const { operator, x, w, options } = task;
  const [n, h, width, c] = x;
  const [r, s, cPerGroup, k] = w;
  const all = options.groups ?? 1;
  const overBatch = operator === "conv2dBackwardFilter" || operator === "conv2dBackwardBias";
  const images = spread(n, overBatch ? n : IMAGES);
  const products = conv2dProducts(x, w, options);
  const groups = spread(all, (MOST_PRODUCTS / products) * (n / images.length) * all);
  const cs = channelsOf(groups, c / all);
  const ks = channelsOf(groups, k / all);
  const outputs: Selection = new Map([
    [0, images],
    [3, ks],
  ]);
  const inputs: Selection = new Map([
    [0, images],
    [3, cs],
  ]);
  const filters: Selection = new Map([[3, ks]]);
  const output = { conv2d: outputs, conv2dBackwardInput: inputs, conv2dBackwardFilter: filters };
  return {
    task: {
      operator,
      x: [images.length, h, width, cs.length],
      w: [r, s, cPerGroup, ks.length],
      options: { ...options, groups: groups.length },
    },
    inputs: { x: inputs, w: filters, dy: outputs },
    output: operator === "conv2dBackwardBias" ? new Map([[0, ks]]) : output[operator],
  };
}

function channelsOf(groups: readonly number[], perGroup: number): number[] {
  return groups.flatMap((group) => Array.from({ length: perGroup }, (_, i) => group * perGroup + i));
}

/**
 * About `count` of the indices 0 … extent − 1, but at least two: the first, the last, and some between, in no step that tiles could
 * share.
 */
function spread(extent: number, count: number): number[] {
  const wanted = Math.min(extent, Math.max(2, Math.floor(count)));
  const next = mulberry32(extent);
  const chosen = new Set([0, extent - 1]);
  while (chosen.size < wanted) chosen.add(Math.floor(extent * next()));
  return [...chosen].sort((a, b) => a - b);
}

/** The selected elements of a tensor. */
export function take({ data, shape }: HostTensor, selection: Selection): HostTensor {
  const chosen = shape.map((extent, axis) => selection.get(axis) ?? Array.from({ length: extent }, (_, i) => i));
  const partShape = chosen.map((indices) => indices.length);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const values = new Float32Array(sizeOf(partShape));
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const indices = chosen[axis] ?? [];
      from += (indices[rest % indices.length] ?? 0) * (strides[axis] ?? 0);
      rest = Math.floor(rest / indices.length);
    }
    values[i] = data[from] ?? Number.NaN;
  }
  return { data: values, shape: partShape };
}
