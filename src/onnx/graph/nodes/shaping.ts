import { Dropout } from "../../../nn/layers/dropout.js";
import { Concatenate } from "../../../nn/layers/merging.js";
import { Flatten } from "../../../nn/layers/shaping.js";
import { listOf } from "../../host/operators.js";
import {
  channelsLast,
  isPlain,
  type Order,
  orderAfterReshape,
  plainOrder,
  sameOrder,
  withoutAxes,
} from "../../host/orders.js";
import { present } from "../../host/present.js";
import { reshapeTarget, squeezed, unsqueezed } from "../../host/shapes.js";
import { weightOf } from "../emitter.js";
import { type NodeScope, Unsupported } from "../nodeScope.js";
import { constantIn, type Device, fixedExtent, isDevice, type Operand, trialShape, type Value } from "../values.js";
import type { NodeKind } from "./nodeKind.js";

/** The same order in all trials, or undefined. */
function common(orders: readonly (Order | undefined)[]): Order | undefined {
  const [first] = orders;
  return first && orders.every((order) => order && sameOrder(order, first)) ? first : undefined;
}

/** The shape in the file in each trial. */
function shapesOf(x: Device) {
  return x.extents.trials.map((shape) => shape.map((_, axis) => present(shape[x.order.indexOf(axis)])));
}

const reshape: NodeKind = {
  attributes: ["allowzero", "shape"],
  lower(scope) {
    const x = scope.device(0);
    const asked = forAnyExamples(scope, x, scope.host(1, "shape"));
    const zero = scope.attributes.number("allowzero", 0) !== 0;
    const list = scope.attributes.list("shape");
    const trials = asked ? scope.emitter.trials(asked) : [];
    const shapes = shapesOf(x);
    const targets = shapes.map((shape, i) => reshapeTarget(shape, list ?? listOf(trials[i] ?? trials[0]), zero));
    const flat = flattenedRows(scope, x, targets);
    if (flat) return flat;
    const input = x.flattened ? scope.emitter.plain(x) : x;
    const result = common(targets.map((target, i) => orderAfterReshape(present(shapes[i]), target, input.order)));
    const source = result ? input : scope.emitter.plain(input);
    const order = result ?? plainOrder(present(targets[0]).length);
    const attributes = { ...scope.attributes.plain, order: [...source.order], result: [...order] };
    return scope.operator("Reshape", [source, asked], attributes, { order, dtype: x.dtype });
  },
};

/**
 * Exporters write the number of examples into the shape, if the file fixes it. If that is the number that x has, the
 * first extent stays that of x here: 0 in ONNX's words.
 */
function forAnyExamples(scope: NodeScope, x: Device, asked: Exclude<Value, Device> | undefined) {
  const { fixedExamples, emitter } = scope;
  const list = constantIn(asked);
  const follows = x.extents.trials.every((shape) => shape[x.order.indexOf(0)] === emitter.examples);
  if (!list || fixedExamples === undefined || list.data[0] !== fixedExamples || !follows) return asked;
  const data = Float64Array.from(list.data);
  data[0] = 0;
  return { form: "constant", tensor: { ...list, data } } as const;
}

/** An image that becomes rows [N, …] keeps the order of its elements in memory. A Gemm can take them as they lie. */
function flattenedRows(scope: NodeScope, x: Device, targets: readonly (readonly number[])[]): Device | undefined {
  if (x.order.length < 3 || x.order[0] !== 0 || x.flattened) return undefined;
  const fixed = plainOrder(x.order.length).every((axis) => axis === 0 || fixedExtent(x, axis) !== undefined);
  const rows = targets.every((target, i) => target.length === 2 && target[0] === present(shapesOf(x)[i])[0]);
  if (!rows || !(fixed || isPlain(x.order))) return undefined;
  // Only rows whose number of elements is known: others are reshaped as the file says.
  const flattened = isPlain(x.order) ? undefined : x;
  return scope.layer(() => new Flatten(), x, {}, { order: [0, 1], dtype: x.dtype, flattened });
}

const flatten: NodeKind = {
  attributes: ["axis"],
  lower(scope) {
    const x = scope.device(0);
    const rank = x.order.length;
    const axis = scope.attributes.number("axis", 1);
    const targets = shapesOf(x).map((shape) => {
      const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);
      const cut = axis < 0 ? axis + rank : axis;
      return [product(shape.slice(0, cut)), product(shape.slice(cut))];
    });
    const flat = axis === 1 || axis === 1 - rank ? flattenedRows(scope, x, targets) : undefined;
    if (flat) return flat;
    return scope.operator("Flatten", [scope.emitter.plain(x)], { axis }, { order: [0, 1], dtype: x.dtype });
  },
};

/** Nothing moves: the axes of the file have other numbers. */
const transpose: NodeKind = {
  attributes: ["perm"],
  lower(scope) {
    const given = scope.device(0);
    const x = given.flattened ? scope.emitter.plain(given) : given;
    const perm = scope.attributes.list("perm") ?? plainOrder(x.order.length).toReversed();
    const order = x.order.map((axis) => perm.indexOf(axis));
    if (order.includes(-1) || perm.length !== order.length) {
      throw new Unsupported(`its perm is [${perm.join(", ")}], expected each of ${order.length} axes once`);
    }
    return { ...x, order };
  },
};

const squeeze: NodeKind = {
  attributes: ["axes"],
  lower(scope) {
    const x = scope.emitter.inOrder(scope.device(0), scope.device(0).order);
    const kept = squeezed(trialShape(x), scope.list("axes", 1));
    const gone = plainOrder(x.order.length).filter((axis) => !kept.includes(axis));
    const sources = [...x.order.keys()].filter((i) => !gone.includes(present(x.order[i])));
    return scope.operator("Axes", [x], { sources }, { order: withoutAxes(x.order, gone), dtype: x.dtype });
  },
};

const unsqueeze: NodeKind = {
  attributes: ["axes"],
  lower(scope) {
    const x = scope.emitter.inOrder(scope.device(0), scope.device(0).order);
    const axes = scope.list("axes", 1);
    if (!axes) throw new Unsupported("its axes are missing");
    const from = unsqueezed(x.order.length, axes);
    const order = x.order.map((axis) => from.indexOf(axis));
    const sources: number[] = [...x.order.keys()];
    for (const [axis, source] of from.entries()) {
      if (source !== undefined) continue;
      const place = order.indexOf(axis - 1) + 1;
      order.splice(place, 0, axis);
      sources.splice(place, 0, -1);
    }
    return scope.operator("Axes", [x], { sources }, { order, dtype: x.dtype });
  },
};

const concat: NodeKind = {
  attributes: ["axis"],
  lower(scope) {
    const values = scope.inputs.map((_, i) => scope.value(i));
    const devices = values.filter(isDevice);
    const size = (device: Device) => trialShape(device).reduce((a, b) => a * b, 1);
    const largest = devices.reduce((a, b) => (size(b) > size(a) ? b : a));
    const { order } = largest;
    const axis = order.indexOf(scope.axis(scope.attributes.number("axis", 1), order.length));
    const inputs = values.map((value) =>
      scope.inOrder(isDevice(value) ? value : scope.emitter.device(value, scope.name), order),
    );
    const result = { order, dtype: largest.dtype };
    if (inputs.length > 1 && axis > 0) {
      return scope.emitter.layer(() => new Concatenate({ axis }), scope.name, inputs, {}, result);
    }
    return scope.operator("Concat", inputs, { axis }, result);
  },
};

const split: NodeKind = {
  attributes: ["axis", "split", "num_outputs"],
  lower(scope) {
    const x = scope.emitter.inOrder(scope.device(0), scope.device(0).order);
    const axis = scope.axis(scope.attributes.number("axis", 0), x.order.length);
    const sizes = scope.host(1, "split");
    const { outputs } = scope.node;
    const list = scope.attributes.list("split");
    return outputs.map((_, part) => {
      const attributes = { axis: x.order.indexOf(axis), part, parts: outputs.length, ...(list && { split: list }) };
      return scope.operator("Split", [x, sizes], attributes, { order: x.order, dtype: x.dtype });
    });
  },
};

/** An operator whose further inputs are host arithmetic, and whose axes are those of the file. */
function sameRank(attributes: readonly string[], ...inputs: readonly string[]): NodeKind {
  return {
    attributes,
    lower(scope) {
      const given = scope.device(0);
      const x = scope.emitter.inOrder(given, given.order);
      const operands = inputs.map((name, i) => scope.host(i + 1, name));
      const all = { ...scope.attributes.plain, order: [...x.order] };
      return scope.operator(scope.node.op, [x, ...operands], all, { order: x.order, dtype: x.dtype });
    },
  };
}

const expand: NodeKind = {
  attributes: [],
  lower(scope) {
    const x = scope.emitter.plain(scope.device(0));
    const shape = scope.host(1, "shape");
    if (!shape) throw new Unsupported("its shape is missing");
    const rank = Math.max(x.order.length, present(scope.emitter.trials(shape)[0]).data.length);
    return scope.operator("Expand", [x, shape], {}, { order: plainOrder(rank), dtype: x.dtype });
  },
};

const gather: NodeKind = {
  attributes: ["axis"],
  lower(scope) {
    const data = scope.value(0);
    const indices = scope.value(1);
    const table = constantIn(data);
    const rank = isDevice(data) ? data.order.length : present(scope.emitter.trials(data)[0]).shape.length;
    const axis = scope.axis(scope.attributes.number("axis", 0), rank);
    const added = isDevice(indices) ? indices.order.length : present(scope.emitter.trials(indices)[0]).shape.length;
    const moved = isDevice(data) && added <= 1 ? scope.emitter.inOrder(data, data.order) : undefined;
    const x = moved ?? (isDevice(data) ? scope.emitter.plain(data) : undefined);
    const before = x?.order ?? plainOrder(rank);
    const order = added === 1 ? before : added === 0 ? withoutAxes(before, [axis]) : plainOrder(rank - 1 + added);
    const operands: Operand[] = [
      x ?? (table ? weightOf("table", table) : data),
      isDevice(indices) ? scope.emitter.plain(indices) : indices,
    ];
    const attributes = { axis: before.indexOf(axis), checked: Number(!isDevice(indices)) };
    return scope.operator("Gather", operands, attributes, { order, dtype: scope.dtype });
  },
};

function blocks(): NodeKind {
  return {
    attributes: ["blocksize", "mode"],
    lower(scope) {
      const x = scope.device(0);
      if (x.order.length !== 4) throw new Unsupported(`its input has ${x.order.length} axes, expected 4`);
      const image = scope.inOrder(x, channelsLast(4));
      return scope.operator(scope.node.op, [image], scope.attributes.plain, { order: image.order, dtype: x.dtype });
    },
  };
}

const dropout: NodeKind = {
  attributes: ["ratio", "is_test", "seed"],
  lower(scope) {
    if (scope.used[1]) throw new Unsupported("its second output, the mask, is used");
    const x = scope.device(0);
    const training = scope.constant(2, "training_mode")?.data[0] ?? 0;
    if (training !== 0) throw new Unsupported("it drops outside of training");
    const rate = scope.constant(1, "ratio")?.data[0] ?? scope.attributes.number("ratio", 0.5);
    if (!(rate >= 0 && rate < 1)) throw new Unsupported(`its ratio is ${rate}, expected a number in [0, 1)`);
    return scope.layer(() => new Dropout({ rate }), x, {}, x);
  },
};

/** The value itself. */
const identity: NodeKind = { attributes: [], lower: (scope): Value => scope.value(0) };

export const SHAPING_NODES: Readonly<Record<string, NodeKind>> = {
  Concat: concat,
  DepthToSpace: blocks(),
  Dropout: dropout,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Identity: identity,
  Pad: sameRank(["mode", "pads", "paddings", "value"], "pads", "value", "axes"),
  Reshape: reshape,
  Slice: sameRank(["axes", "ends", "starts"], "starts", "ends", "axes", "steps"),
  SpaceToDepth: blocks(),
  Split: split,
  Squeeze: squeeze,
  Tile: sameRank([], "repeats"),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
