import { conv2dOutputShape, conv2dProducts, sizeOf } from "../test/support/float64.js";
import { mulberry32 } from "../test/support/random.js";
import type { HostTensor } from "./operands.js";
import type { ConvolutionTask, Shape4, Task, TransposeTask } from "./tasks.js";

/** For some axes of a tensor, the indices to take, in order. */
export type Selection = ReadonlyMap<number, readonly number[]>;

/**
 * A task that computes some elements of a larger task, from some of its inputs. The oracle is too slow for a whole large case. But some
 * images, channels or filters of the output can be computed alone. So the library is checked at the size at which it is timed.
 */
export interface Part {
  readonly task: Task;
  /** The selected elements of the inputs, by name. */
  readonly inputs: Readonly<Record<string, Selection>>;
  /** The elements of the whole output that the part's output has. */
  readonly output: Selection;
  /** The elements of the part's output that equal those of the whole; undefined if all do. */
  readonly within?: Selection;
}

/** The work that the oracle does in some tenths of a second. */
const MOST_PRODUCTS = 3e6;
const MOST_POOLED_ELEMENTS = 2e5;
const MOST_MOVED_ELEMENTS = 2e6;
/** Above these, a pass is checked at some positions only. A weight's gradient sums over the whole batch, so only the filter's corners are checked. */
const MOST_PRODUCTS_EVERYWHERE = 1e7;
/** The beginning and the end of a batch, where chunks and tiles overhang. */
const IMAGES = 2;

const NOTHING: Selection = new Map();

/** A part of a convolution of one group. */
interface DensePart extends Part {
  readonly task: ConvolutionTask;
}

export function partOf(task: Task): Part {
  switch (task.operator) {
    case "conv2d":
    case "conv2dBackwardInput":
    case "conv2dBackwardFilter":
    case "conv2dBackwardBias":
      return (task.options.groups ?? 1) === 1 ? denseConvolution(task) : groupedConvolution(task);
    case "transpose":
      return transposition(task);
    case "other":
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

/** All of the tensor, or some indices of its first and last axis. */
function transposition(task: TransposeTask): Part {
  const { x, permutation } = task;
  if (sizeOf(x) <= MOST_MOVED_ELEMENTS) return { task, inputs: {}, output: NOTHING };
  const first = spread(x[0], IMAGES);
  const last = spread(x[3], MOST_POOLED_ELEMENTS / (first.length * x[1] * x[2]));
  return {
    task: { ...task, x: [first.length, x[1], x[2], last.length] },
    inputs: {
      x: new Map([
        [0, first],
        [3, last],
      ]),
    },
    output: new Map([
      [permutation.indexOf(0), first],
      [permutation.indexOf(3), last],
    ]),
  };
}

/** y by images and filters, dx by images and input channels, dw by input channels and filters, db by filters. */
function denseConvolution(task: ConvolutionTask): Part {
  const { operator, x, w } = task;
  const [n, h, width, c] = x;
  const [r, s, , k] = w;
  const products = conv2dProducts(x, w, task.options);
  if (operator === "conv2dBackwardFilter" || operator === "conv2dBackwardBias") {
    // Every weight's gradient sums over the whole batch. So take as many input channels as filters, and few of both.
    const each = Math.sqrt((MOST_PRODUCTS / products) * c * k);
    const cs = operator === "conv2dBackwardBias" ? [0] : spread(c, each);
    const ks = spread(k, (each * each) / cs.length);
    const inputs = { x: new Map([[3, cs]]), dy: new Map([[3, ks]]) };
    const partX: Shape4 = [n, h, width, cs.length];
    const whole: Part = {
      task: { ...task, x: partX, w: [r, s, cs.length, ks.length] },
      inputs,
      output:
        operator === "conv2dBackwardBias"
          ? new Map([[0, ks]])
          : new Map([
              [2, cs],
              [3, ks],
            ]),
    };
    const ofPart = (products * cs.length * ks.length) / (c * k);
    if (operator === "conv2dBackwardBias" || r !== s || r < 3 || ofPart <= MOST_PRODUCTS_EVERYWHERE) return whole;
    // The corners form a dilated 2×2 filter that covers the same window.
    const dilations = (task.options.dilations ?? 1) * (r - 1);
    return {
      task: { ...task, x: partX, w: [2, 2, cs.length, ks.length], options: { ...task.options, dilations } },
      inputs,
      output: new Map([[0, [0, r - 1]], [1, [0, s - 1]], ...whole.output]),
    };
  }
  const images = spread(n, IMAGES);
  const share = (MOST_PRODUCTS / products) * (n / images.length);
  if (operator === "conv2d") {
    const ks = spread(k, share * k);
    return lowerBand({
      task: { ...task, x: [images.length, h, width, c], w: [r, s, c, ks.length] },
      inputs: { x: new Map([[0, images]]), w: new Map([[3, ks]]) },
      output: new Map([
        [0, images],
        [3, ks],
      ]),
    });
  }
  const cs = spread(c, share * c);
  return lowerBand({
    task: { ...task, x: [images.length, h, width, cs.length], w: [r, s, cs.length, k] },
    inputs: { dy: new Map([[0, images]]), w: new Map([[2, cs]]) },
    output: new Map([
      [0, images],
      [3, cs],
    ]),
  });
}

/** The same for the lowest rows only, where tiles overhang, if all rows are too much work. For y and for dx. */
function lowerBand(part: DensePart): Part {
  const { task, inputs, output } = part;
  const { x, w, options } = task;
  const { strides = 1, padding = 0, dilations = 1 } = options;
  const [n, h, width, c] = x;
  const share = MOST_PRODUCTS_EVERYWHERE / conv2dProducts(x, w, options);
  if (share >= 1) return part;
  const reach = dilations * (w[0] - 1) + 1;
  const rows = Math.max(2 * reach, Math.floor(share * h));
  // The band begins at a multiple of the stride, so that its windows are windows of the whole.
  const skipped = strides * Math.floor((h - rows) / strides);
  if (skipped <= 0) return part;
  const outputs = conv2dOutputShape(x, w, options)[1] ?? 0;
  const xRows = range(skipped, h);
  const yRows = range(skipped / strides, outputs);
  const band: ConvolutionTask = { ...task, x: [n, xRows.length, width, c] };
  // The uppermost windows reach above the band, and some windows that begin above it reach into it.
  if (task.operator === "conv2d") {
    const whole = range(Math.ceil(padding / strides), yRows.length);
    return {
      task: band,
      inputs: { ...inputs, x: new Map([...(inputs["x"] ?? []), [1, xRows]]) },
      output: new Map([...output, [1, whole.map((i) => yRows[i] ?? 0)]]),
      within: new Map([[1, whole]]),
    };
  }
  const whole = range(Math.max(0, reach - strides - padding), xRows.length);
  return {
    task: band,
    inputs: { ...inputs, dy: new Map([...(inputs["dy"] ?? []), [1, yRows]]) },
    output: new Map([...output, [1, whole.map((i) => xRows[i] ?? 0)]]),
    within: new Map([[1, whole]]),
  };
}

/** begin … end − 1 */
function range(begin: number, end: number): number[] {
  return Array.from({ length: end - begin }, (_, i) => begin + i);
}

/** Some of the groups, each of them whole. All passes except the filter's gradient take some of the images only. */
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
 * About `count` of the indices 0 … extent − 1, at least two: the first, the last, and some between. Their distances are not those of
 * tiles.
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
  const places = placesOf(shape, selection);
  const values = new Float32Array(places.length);
  for (let i = 0; i < values.length; i++) values[i] = data[places[i] ?? 0] ?? Number.NaN;
  return { data: values, shape: shape.map((extent, axis) => selection.get(axis)?.length ?? extent) };
}

/**
 * The positions of the selected elements in a tensor of this shape.
 *
 * @param order the axes, the one that changes slowest first
 */
export function placesOf(
  shape: readonly number[],
  selection: Selection,
  order: readonly number[] = range(0, shape.length),
): Uint32Array {
  let places = Uint32Array.of(0);
  // One loop for each axis, instead of divisions for each element.
  for (const axis of order) {
    const indices = selection.get(axis) ?? range(0, shape[axis] ?? 0);
    const stride = sizeOf(shape.slice(axis + 1));
    const next = new Uint32Array(places.length * indices.length);
    let to = 0;
    for (const place of places) for (const index of indices) next[to++] = place + index * stride;
    places = next;
  }
  return places;
}
