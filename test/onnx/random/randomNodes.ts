import { existing } from "../../../src/core/objects.js";
import { elementsOf } from "../../../src/core/shape.js";
import type { Draw } from "../../../tools/pytorch/networks/draw.js";
import type { RandomGraph, Value } from "./randomGraph.js";

/** Adds a node of its kind, or none if the graph has no value for it. */
type Maker = (graph: RandomGraph, draw: Draw) => void;

const isImage = ({ shape }: Value) => shape.length === 4;
const isAny = ({ shape }: Value) => shape.length > 0;

/** Some value, and a random axis of it. */
function withAxis(graph: RandomGraph, make: (x: Value, axis: number) => void, fits = isAny): void {
  const x = graph.pick(fits);
  if (x) make(x, graph.draw.integer(0, x.shape.length - 1));
}

function shuffled(draw: Draw, count: number): readonly number[] {
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: count }, () => existing(left.splice(draw.integer(0, left.length - 1), 1)[0]));
}

const unary: Maker = (graph, draw) => {
  const x = graph.pick();
  if (x) graph.node(draw.pick(["Relu", "Tanh", "Sigmoid", "Abs", "Neg", "Softplus", "Identity"]), [x], x.shape);
};

const transpose: Maker = (graph, draw) => {
  const x = graph.pick(isAny);
  if (!x) return;
  const rank = x.shape.length;
  const perm =
    rank === 4 && draw.chance(0.5)
      ? draw.pick([
          [0, 2, 3, 1],
          [0, 3, 1, 2],
          [0, 1, 3, 2],
        ])
      : shuffled(draw, rank);
  graph.node(
    "Transpose",
    [x],
    perm.map((axis) => existing(x.shape[axis])),
    { perm },
  );
};

/** The factors of the number of elements, in random groups. Often the first axis stays. */
const reshape: Maker = (graph, draw) => {
  const x = graph.pick(isAny);
  if (!x) return;
  const keep = draw.chance(0.7) ? 1 : 0;
  let rest = elementsOf(x.shape.slice(keep));
  const target: number[] = x.shape.slice(0, keep);
  while (rest > 1 && target.length < 4) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((divisor) => rest % divisor === 0);
    const extent = draw.pick(divisors);
    target.push(extent);
    rest /= extent;
  }
  target.push(rest);
  const asked = target.with(draw.integer(0, target.length - 1), -1);
  graph.node("Reshape", [x, graph.integers(...(draw.chance(0.5) ? asked : target))], target);
};

const flatten: Maker = (graph) =>
  withAxis(graph, (x, axis) => {
    graph.node("Flatten", [x], [elementsOf(x.shape.slice(0, axis)), elementsOf(x.shape.slice(axis))], { axis });
  });

const unsqueeze: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.length < 4);
  if (!x) return;
  const axis = draw.integer(0, x.shape.length);
  graph.node("Unsqueeze", [x, graph.integers(axis)], x.shape.toSpliced(axis, 0, 1));
};

const squeeze: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.slice(1).includes(1));
  if (!x) return;
  const axis = draw.pick([...x.shape.keys()].slice(1).filter((axis) => x.shape[axis] === 1));
  graph.node("Squeeze", [x, graph.integers(axis)], x.shape.toSpliced(axis, 1));
};

/** With a constant whose axes are 1 or as long, or with a value of the same shape. */
const binary: Maker = (graph, draw) => {
  const x = graph.pick(isAny);
  if (!x) return;
  const op = draw.pick(["Add", "Sub", "Mul", "Max", "Min"]);
  const same = graph.pick(({ shape }) => shape.join() === x.shape.join()) ?? x;
  const start = draw.integer(0, x.shape.length - 1);
  const shape = x.shape.slice(start).map((extent) => (draw.chance(0.3) ? 1 : extent));
  const other = draw.chance(0.4) ? same : graph.constant(shape);
  graph.node(op, draw.chance(0.5) ? [x, other] : [other, x], x.shape);
};

/** Two values of the graph that NumPy's rule stretches. */
const broadcast: Maker = (graph, draw) => {
  const x = graph.pick(isAny);
  if (!x) return;
  const fits = ({ shape }: Value) =>
    shape.length <= x.shape.length &&
    shape.every((extent, i) => extent === 1 || extent === x.shape[x.shape.length - shape.length + i]);
  const other = graph.pick((value) => fits(value) && value.shape.join() !== x.shape.join());
  if (other) graph.node(draw.pick(["Add", "Mul", "Sub"]), draw.chance(0.5) ? [x, other] : [other, x], x.shape);
};

const matmul: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.length > 1);
  if (!x) return;
  const units = draw.chance(0.5) ? existing(x.shape.at(-1)) : draw.integer(1, 6);
  const kernel = graph.constant([existing(x.shape.at(-1)), units]);
  const y = graph.node("MatMul", [x, kernel], [...x.shape.slice(0, -1), units]);
  if (y && draw.chance(0.5)) graph.node("Add", [y, graph.constant([units])], y.shape);
};

/** A value times its own transpose, as in attention. */
const gram: Maker = (graph) => {
  const x = graph.pick(({ shape }) => shape.length > 2);
  if (!x) return;
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const outer = x.shape.slice(0, -2);
  const perm = [...outer.keys(), outer.length + 1, outer.length];
  const turned = graph.node("Transpose", [x], [...outer, columns, rows], { perm });
  const y = turned && graph.node("MatMul", [x, turned], [...outer, rows, rows]);
  if (y && graph.draw.chance(0.4)) graph.node("Relu", [y], y.shape);
};

/** The same kernel may be used both ways, as an autoencoder with tied weights does. */
const gemm: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.length === 2);
  if (!x) return;
  const [rows = 1, columns = 1] = x.shape;
  const units = draw.chance(0.5) ? columns : draw.integer(1, 6);
  const transB = draw.integer(0, 1);
  const kernel = graph.constant(transB === 1 ? [units, columns] : [columns, units]);
  const bias = draw.chance(0.5) ? graph.constant(draw.pick([[units], [1, units]])) : undefined;
  const y = graph.node("Gemm", [x, kernel, ...(bias ? [bias] : [])], [rows, units], { transB });
  if (y && draw.chance(0.4)) graph.node("Relu", [y], y.shape);
};

const conv: Maker = (graph, draw) => {
  const x = graph.pick(isImage);
  if (!x) return;
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const size = Math.min(h, w) > 2 ? draw.pick([1, 3]) : 1;
  const group = draw.pick([1, ...(c % 2 === 0 ? [2] : []), c]);
  const filters = group * draw.integer(1, 2);
  const pads =
    size === 3
      ? draw.pick([
          [1, 1, 1, 1],
          [0, 1, 1, 0],
          [0, 0, 0, 0],
        ])
      : [0, 0, 0, 0];
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const shape = [n, filters, h + top + bottom - size + 1, w + left + right - size + 1];
  const kernel = graph.constant([filters, c / group, size, size]);
  const y = graph.node("Conv", [x, kernel], shape, { kernel_shape: [size, size], group, pads });
  const next = draw.pick(["none", "bias", "Relu"]);
  if (y && next === "bias") graph.node("Add", [y, graph.constant([1, filters, 1, 1])], shape);
  if (y && next === "Relu") graph.node("Relu", [y], shape);
};

const convTranspose: Maker = (graph, draw) => {
  const x = graph.pick(isImage);
  if (!x) return;
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const group = draw.pick([1, c]);
  const filters = group * draw.integer(1, 2);
  const added = draw.integer(0, 1);
  const shape = [n, filters, 2 * h + 1 + added, 2 * w + 1 + added];
  const kernel = graph.constant([c, filters / group, 3, 3]);
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], group, ...(added > 0 && { output_padding: [1, 1] }) };
  const y = graph.node("ConvTranspose", [x, kernel], shape, attributes);
  if (y && draw.chance(0.5)) graph.node("Relu", [y], shape);
};

const pool: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.length === 4 && Math.min(...shape.slice(2)) > 1);
  if (!x) return;
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const [op, global] = draw.pick([
    ["MaxPool", "GlobalMaxPool"],
    ["AveragePool", "GlobalAveragePool"],
  ] as const);
  if (draw.chance(0.3)) graph.node(global, [x], [n, c, 1, 1]);
  else graph.node(op, [x], [n, c, h - 1, w - 1], { kernel_shape: [2, 2] });
};

const normalize: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.length === 4 && elementsOf(shape.slice(2)) > 4);
  if (!x) return;
  const [, c = 1] = x.shape;
  const [scale, bias] = [graph.constant([c], 1), graph.constant([c])];
  if (draw.chance(0.5)) graph.node("InstanceNormalization", [x, scale, bias], x.shape, { epsilon: 0.25 });
  else graph.node("BatchNormalization", [x, scale, bias, graph.constant([c]), graph.constant([c], 1)], x.shape);
};

const layerNormalize: Maker = (graph) => {
  const x = graph.pick(({ shape }) => shape.length > 1 && (shape.at(-1) ?? 1) > 1);
  if (!x) return;
  const extent = existing(x.shape.at(-1));
  const operands = [graph.constant([extent], 1), graph.constant([extent])];
  graph.node("LayerNormalization", [x, ...operands], x.shape, { axis: -1, epsilon: 0.25 });
};

/** Two values that differ in one axis at most, or one value twice. */
const concat: Maker = (graph, draw) =>
  withAxis(graph, (x, axis) => {
    const alike = ({ shape }: Value) => shape.toSpliced(axis, 1).join() === x.shape.toSpliced(axis, 1).join();
    const other = graph.pick((value) => value.shape.length === x.shape.length && alike(value)) ?? x;
    const parts = draw.chance(0.2) ? [x, other, graph.constant(x.shape)] : [x, other];
    const extent = parts.reduce((sum, { shape }) => sum + existing(shape[axis]), 0);
    graph.node("Concat", parts, x.shape.with(axis, extent), { axis });
  });

const split: Maker = (graph) =>
  withAxis(graph, (x, axis) => {
    const extent = existing(x.shape[axis]);
    if (extent < 2) return;
    const sizes = [1, extent - 1];
    const shapes = sizes.map((size) => x.shape.with(axis, size));
    graph.nodeOf("Split", [x, graph.integers(...sizes)], shapes, { axis });
  });

const slice: Maker = (graph, draw) =>
  withAxis(graph, (x, axis) => {
    const extent = existing(x.shape[axis]);
    const [start, end, step] = draw.pick([
      [0, 1, 1],
      [-1, 1000, 1],
      [1, 1000, 1],
      [0, 1000, 2],
      [-1, -1000, -1],
    ] as const);
    const from = start < 0 ? extent - 1 : start;
    const count = step < 0 ? extent : Math.ceil((Math.min(end, extent) - from) / step);
    if (count < 1) return;
    const lists = [start, end, axis, step].map((value) => graph.integers(value));
    graph.node("Slice", [x, ...lists], x.shape.with(axis, count));
  });

const pad: Maker = (graph, draw) =>
  withAxis(graph, (x, axis) => {
    const extent = existing(x.shape[axis]);
    const most = extent > 1 ? 1 : 0;
    const mode = most === 1 ? draw.pick(["constant", "reflect", "edge"]) : "constant";
    const pads = [...x.shape, ...x.shape].map((_, i) => (i % x.shape.length === axis && draw.chance(0.7) ? 1 : 0));
    const grown = existing(pads[axis]) + existing(pads[axis + x.shape.length]);
    graph.node("Pad", [x, graph.integers(...pads)], x.shape.with(axis, extent + grown), { mode });
  });

const gather: Maker = (graph, draw) =>
  withAxis(graph, (x, axis) => {
    const extent = existing(x.shape[axis]);
    const indices = Array.from({ length: draw.integer(1, 3) }, () => draw.integer(-extent, extent - 1));
    graph.node("Gather", [x, graph.integers(...indices)], x.shape.with(axis, indices.length), { axis });
  });

const expand: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.includes(1));
  if (!x) return;
  const shape = x.shape.map((extent) => (extent === 1 ? draw.integer(1, 3) : extent));
  graph.node("Expand", [x, graph.integers(...shape)], shape);
};

const tile: Maker = (graph, draw) => {
  const x = graph.pick(isAny);
  if (!x) return;
  const repeats = x.shape.map(() => (draw.chance(0.3) ? 2 : 1));
  graph.node(
    "Tile",
    [x, graph.integers(...repeats)],
    x.shape.map((extent, i) => extent * existing(repeats[i])),
  );
};

const reduce: Maker = (graph, draw) =>
  withAxis(graph, (x, axis) => {
    const axes = draw.some([...x.shape.keys()], 0.3);
    const all = axes.length > 0 ? axes : [axis];
    const keepdims = draw.integer(0, 1);
    const kept = x.shape.map((extent, i) => (all.includes(i) ? 1 : extent));
    const shape = keepdims === 1 ? kept : kept.filter((_, i) => !all.includes(i));
    const op = draw.pick(["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2"]);
    graph.node(op, [x], shape, { axes: all, keepdims });
  });

const softmax: Maker = (graph, draw) =>
  withAxis(graph, (x, axis) => {
    graph.node(draw.pick(["Softmax", "LogSoftmax"]), [x], x.shape, { axis });
  });

const blocks: Maker = (graph, draw) => {
  const x = graph.pick(({ shape }) => shape.length === 4 && existing(shape[1]) % 4 === 0);
  if (!x) return;
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const mode = draw.pick(["DCR", "CRD"]);
  graph.node("DepthToSpace", [x], [n, c / 4, 2 * h, 2 * w], { blocksize: 2, mode });
};

const resize: Maker = (graph, draw) => {
  const x = graph.pick(isImage);
  if (!x) return;
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const sizes = [n, c, 2 * h, w + 1];
  const mode = draw.pick(["nearest", "linear"]);
  graph.node("Resize", [x, undefined, undefined, graph.integers(...sizes)], sizes, { mode });
};

/** The kinds of nodes of random graphs. */
export const MAKERS: readonly Maker[] = [
  ...[unary, transpose, transpose, reshape, flatten, unsqueeze, squeeze, binary, binary, broadcast, matmul, gram, gemm],
  ...[
    conv,
    conv,
    convTranspose,
    pool,
    normalize,
    layerNormalize,
    concat,
    split,
    slice,
    pad,
    gather,
    expand,
    tile,
    reduce,
    softmax,
  ],
  ...[blocks, resize],
];
