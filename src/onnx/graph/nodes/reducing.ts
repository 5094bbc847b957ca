import { plainOrder, withoutAxes } from "../../host/orders.js";
import { present } from "../../host/present.js";
import { REDUCTION_NAMES } from "../../operators/reductions.js";
import { type NodeScope, Unsupported } from "../nodeScope.js";
import { fixedExtent } from "../values.js";
import { activation } from "./elementwise.js";
import type { NodeKind } from "./nodeKind.js";

const reduction: NodeKind = {
  attributes: ["axes", "keepdims", "noop_with_empty_axes"],
  lower(scope) {
    const given = scope.device(0);
    const x = scope.emitter.inOrder(given, given.order);
    const rank = x.order.length;
    const asked = scope.list("axes", 1);
    const nothing = !asked?.length && scope.attributes.number("noop_with_empty_axes", 0) !== 0;
    const axes = asked?.length ? asked.map((axis) => scope.axis(axis, rank)) : nothing ? [] : plainOrder(rank);
    const keepdims = scope.attributes.number("keepdims", 1);
    const order = keepdims !== 0 ? x.order : withoutAxes(x.order, axes);
    const attributes = { axes: axes.map((axis) => x.order.indexOf(axis)), keepdims };
    return scope.operator(scope.node.op, [x], attributes, { order, dtype: x.dtype });
  },
};

const position: NodeKind = {
  attributes: ["axis", "keepdims", "select_last_index"],
  lower(scope) {
    scope.expect("select_last_index", 0, 0);
    const given = scope.device(0);
    const x = scope.emitter.inOrder(given, given.order);
    const axis = scope.axis(scope.attributes.number("axis", 0), x.order.length);
    const keepdims = scope.attributes.number("keepdims", 1);
    const order = keepdims !== 0 ? x.order : withoutAxes(x.order, [axis]);
    const attributes = { axis: x.order.indexOf(axis), keepdims };
    return scope.operator(scope.node.op, [x], attributes, { order, dtype: "int64" });
  },
};

/** Up to version 12 of ONNX, a softmax is over all axes from one on. Since then it is over one axis. */
function softmax(name: "softmax" | "logSoftmax"): NodeKind {
  return {
    attributes: ["axis"],
    lower(scope) {
      const given = scope.device(0);
      const x = scope.emitter.inOrder(given, given.order);
      const rank = x.order.length;
      if (rank === 0) throw new Unsupported("its input is a scalar");
      const old = scope.opset < 13;
      const axis = scope.axis(scope.attributes.number("axis", old ? 1 : -1), rank);
      const others = plainOrder(rank).slice(axis + 1);
      if (old && others.some((other) => fixedExtent(x, other) !== 1)) return overMany(scope, axis);
      const last = [...x.order.filter((other) => other !== axis), axis];
      return activation(scope, scope.inOrder(x, last), name);
    },
  };
}

function overMany(scope: NodeScope, axis: number) {
  const x = scope.emitter.plain(scope.device(0));
  return scope.operator(scope.node.op, [x], { from: axis }, x);
}

export const REDUCING_NODES: Readonly<Record<string, NodeKind>> = {
  ...Object.fromEntries(REDUCTION_NAMES.map((name) => [present(name), reduction])),
  ArgMax: position,
  ArgMin: position,
  LogSoftmax: softmax("logSoftmax"),
  Softmax: softmax("softmax"),
};
