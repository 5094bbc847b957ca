import { Dense } from "../../../nn/layers/dense.js";
import type { HostTensor } from "../../format/onnxFile.js";
import { permuted, reshaped } from "../../host/arrays.js";
import { plainOrder, sameOrder } from "../../host/orders.js";
import { present } from "../../host/present.js";
import { weightOf } from "../emitter.js";
import type { NodeScope } from "../nodeScope.js";
import { constantIn, type Device, fixedExtent, isDevice, type Operand } from "../values.js";
import type { NodeKind } from "./nodeKind.js";

/** The rows of a matrix in the order in which the elements of a flattened image lie in memory. */
function rowsFor(x: Device, matrix: HostTensor): { readonly x: Device | undefined; readonly matrix: HostTensor } {
  const image = x.flattened;
  if (!image) return { x, matrix };
  const [rows = 1, columns = 1] = matrix.shape;
  const extents = Array.from({ length: image.order.length - 1 }, (_, i) => fixedExtent(image, i + 1));
  const known = extents.filter((extent) => extent !== undefined);
  const product = known.reduce((a, b) => a * b, 1);
  if (known.length < extents.length || product !== rows || image.order[0] !== 0) return { x: undefined, matrix };
  const split = reshaped(matrix, [...known, columns]);
  const moved = permuted(split, [...image.order.slice(1).map((axis) => axis - 1), known.length]);
  return { x, matrix: reshaped(moved, [rows, columns]) };
}

/** x · W + b along the last axis of x, as a layer of the library. */
function dense(scope: NodeScope, x: Device, matrix: HostTensor, of: HostTensor, bias: HostTensor | undefined): Device {
  const found = rowsFor(x, matrix);
  const input = found.x ?? scope.emitter.plain(x);
  const units = present(matrix.shape[1]);
  const activation = scope.takeRelu() ? "relu" : "none";
  const weights = {
    kernel: { tensor: found.matrix, of },
    ...(bias && { bias: { tensor: reshaped(bias, [units]), of: bias } }),
  };
  const make = () => new Dense({ units, useBias: bias !== undefined, activation });
  return scope.layer(make, input, weights, { order: plainOrder(x.order.length), dtype: x.dtype }, activation);
}

/** A tensor whose last axis lies last in memory, or is flattened. */
function asRows(scope: NodeScope, x: Device): Device {
  return x.flattened ? x : scope.emitter.plain(x);
}

function isRow(bias: HostTensor | undefined, units: number): boolean {
  return !bias || (bias.data.length === units && bias.shape.at(-1) === units);
}

const gemm: NodeKind = {
  attributes: ["alpha", "beta", "transA", "transB", "broadcast"],
  lower(scope) {
    const { attributes } = scope;
    const a = scope.device(0);
    const b = constantIn(scope.value(1));
    const c = scope.has(2) ? scope.value(2) : undefined;
    const factors = [attributes.number("alpha", 1), attributes.number("beta", 1)];
    const plainA = attributes.number("transA", 0) === 0;
    const transB = attributes.number("transB", 0) !== 0;
    const matrix = b && (transB ? permuted(b, [1, 0]) : b);
    const bias = constantIn(c);
    const simple = factors.every((factor) => factor === 1) && plainA && a.order.length === 2;
    if (simple && b && matrix?.shape.length === 2 && (!c || bias) && isRow(bias, present(matrix.shape[1]))) {
      return dense(scope, asRows(scope, a), matrix, b, bias);
    }
    const operands = [a, scope.value(1), c].map((value, i): Operand => {
      if (!value) return undefined;
      if (isDevice(value)) return scope.emitter.plain(value);
      const tensor = constantIn(value);
      return tensor ? weightOf(["a", "kernel", "bias"][i] ?? "a", tensor) : value;
    });
    return scope.operator("Gemm", operands, attributes.plain, { order: [0, 1], dtype: a.dtype });
  },
};

const matmul: NodeKind = {
  attributes: [],
  lower(scope) {
    const [a, b] = [scope.value(0), scope.value(1)];
    const matrix = constantIn(b);
    // The optional third input is the bias of an Add that follows.
    const bias = scope.constant(2, "bias");
    if (isDevice(a) && matrix?.shape.length === 2 && a.order.length >= 2) {
      return dense(scope, asRows(scope, a), matrix, matrix, bias);
    }
    const left = isDevice(a) ? scope.emitter.plain(a) : a;
    const right = isDevice(b) ? secondFactor(scope, b) : b;
    const transposeB =
      isDevice(right) && isDevice(b) && right.order.length > 1 && right.order.at(-1) !== right.order.length - 1;
    const operands = [left, right].map((value, i): Operand => {
      const tensor = isDevice(value) ? undefined : constantIn(value);
      return tensor ? weightOf(i === 0 ? "left" : "kernel", tensor) : value;
    });
    const ranks = [left, right].map((value) =>
      isDevice(value) ? value.order.length : present(scope.emitter.trials(value)[0]).shape.length,
    );
    const [m = 2, n = 2] = ranks;
    const rank = m === 1 || n === 1 ? m + n - 2 : Math.max(m, n);
    const order = plainOrder(m === 1 && n > 1 ? n - 1 : n === 1 ? m - 1 : rank);
    const y = scope.operator("MatMul", operands, { transposeB: Number(transposeB) }, { order, dtype: scope.dtype });
    return bias ? scope.operator("Add", [y, weightOf("bias", bias)], {}, y) : y;
  },
};

/** The second factor may lie with its last two axes exchanged. */
function secondFactor(scope: NodeScope, b: Device): Device {
  const rank = b.order.length;
  const swapped = [...plainOrder(rank).slice(0, -2), rank - 1, rank - 2];
  return rank >= 2 && !b.flattened && sameOrder(b.order, swapped) ? b : scope.emitter.plain(b);
}

export const PRODUCT_NODES: Readonly<Record<string, NodeKind>> = { Gemm: gemm, MatMul: matmul };
