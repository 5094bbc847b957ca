import { ShapeError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { depthToSpace } from "../../ops/arrange/depthToSpace.js";
import { gather } from "../../ops/arrange/gather.js";
import { slice } from "../../ops/arrange/slice.js";
import { spaceToDepth } from "../../ops/arrange/spaceToDepth.js";
import { transpose } from "../../ops/arrange/transpose.js";
import { mul } from "../../ops/elementwise/mul.js";
import { checkExtent, commonShape } from "../host/arrays.js";
import { splitSizes } from "../host/operators.js";
import { fileShape, type Order, plainOrder, staysInMemory, storedShape } from "../host/orders.js";
import { present } from "../host/present.js";
import { reshapeTarget, sliceOf } from "../host/shapes.js";
import type { Operands } from "../layers/operands.js";
import type { Operation } from "./elementwise.js";

/** Axis i of the result is axis `permutation[i]` of x. If only axes of extent 1 move, nothing moves in memory. */
export function permute(x: Tensor, permutation: readonly number[]): Tensor {
  const moving = permutation.filter((axis) => x.shape[axis] !== 1);
  const stays = moving.every((axis, i) => i === 0 || axis > present(moving[i - 1]));
  const shape = permutation.map((axis) => present(x.shape[axis]));
  return stays ? reshape(x, shape) : transpose(x, { permutation });
}

/** x, which lies in one order, in another. */
export function reordered(x: Tensor, from: Order, to: Order): Tensor {
  return permute(
    x,
    to.map((axis) => from.indexOf(axis)),
  );
}

/** Some rows along an axis, by their numbers on the host. Numbers beyond the rows give zeros. */
export function rowsOf(x: Tensor, axis: number, rows: readonly number[]): Tensor {
  return gather(x, x.backend.tensor(Float32Array.from(rows), [rows.length]), { axis });
}

/** How the first operand lies in memory. */
export function orderIn({ attributes }: Operands, x: Tensor, name = "order"): Order {
  return attributes.list(name) ?? plainOrder(x.shape.length);
}

function reshapeOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const order = orderIn(operands, x);
  const from = fileShape(x.shape, order);
  const allowZero = operands.attributes.number("allowzero", 0) !== 0;
  const asked = operands.list(1) ?? operands.attributes.list("shape") ?? [];
  const to = reshapeTarget(from, asked, allowZero);
  const result = operands.attributes.list("result") ?? plainOrder(to.length);
  if (staysInMemory(from, to, order, result)) return reshape(x, storedShape(to, result));
  const plain = reshape(reordered(x, order, plainOrder(from.length)), to);
  return reordered(plain, plainOrder(to.length), result);
}

/** All axes from one on become one, and so do those before it. */
function flattenOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const axis = operands.attributes.number("axis", 1);
  const cut = axis < 0 ? axis + x.shape.length : axis;
  const product = (extents: Shape) => extents.reduce((a, b) => a * b, 1);
  return reshape(x, [product(x.shape.slice(0, cut)), product(x.shape.slice(cut))]);
}

/** Axes of extent 1 come and go. `sources` has for each axis of the result that of x, or −1. */
function axesOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const sources = operands.attributes.list("sources") ?? [];
  for (const [axis, extent] of x.shape.entries()) {
    if (extent === 1 || sources.includes(axis)) continue;
    throw new ShapeError(`an axis of extent ${extent} cannot be left out of [${x.shape.join(", ")}], expected 1`);
  }
  return reshape(
    x,
    sources.map((axis) => (axis < 0 ? 1 : present(x.shape[axis]))),
  );
}

function sliceOfTensor(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const { attributes } = operands;
  const order = orderIn(operands, x);
  const starts = attributes.list("starts") ?? operands.list(1) ?? [];
  const ends = attributes.list("ends") ?? operands.list(2) ?? [];
  const axes = attributes.list("axes") ?? operands.list(3);
  const cuts = sliceOf(fileShape(x.shape, order), starts, ends, axes, operands.list(4));
  const [begins, sizes] = [x.shape.map(() => 0), [...x.shape]];
  for (const { axis, start, count, step } of cuts) {
    if (step !== 1) continue;
    begins[order.indexOf(axis)] = start;
    sizes[order.indexOf(axis)] = count;
  }
  const whole = sizes.every((size, axis) => size === x.shape[axis]);
  const cut = whole ? x : slice(x, begins, sizes);
  return cuts
    .filter(({ step }) => step !== 1)
    .reduce((y, { axis, start, count, step }) => {
      const rows = Array.from({ length: count }, (_, i) => start + i * step);
      return rowsOf(y, order.indexOf(axis), rows);
    }, cut);
}

/** One part of several along an axis of x. */
function splitOf(operands: Operands): Tensor {
  const { attributes } = operands;
  const x = operands.tensor(0);
  const axis = attributes.number("axis", 0);
  const part = attributes.number("part", 0);
  const asked = attributes.list("split") ?? operands.list(1);
  const sizes = splitSizes(present(x.shape[axis]), asked, attributes.number("parts", 1));
  const start = sizes.slice(0, part).reduce((a, b) => a + b, 0);
  return slice(
    x,
    x.shape.map((_, i) => (i === axis ? start : 0)),
    x.shape.with(axis, present(sizes[part])),
  );
}

function concatOf(operands: Operands): Tensor {
  const parts = Array.from({ length: operands.count }, (_, i) => operands.tensor(i));
  return concat(parts, operands.attributes.number("axis", 0));
}

/** x stretched by NumPy's rule: x times ones, which keeps every value. */
function expandOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const shape = commonShape([x.shape, operands.list(1) ?? []]);
  return mul(x, x.backend.full(shape, 1));
}

function tileOf(operands: Operands): Tensor {
  const x = operands.tensor(0);
  const repeats = operands.list(1) ?? [];
  return orderIn(operands, x).reduce((y, axis, stored) => {
    const count = checkExtent(repeats[axis] ?? 1);
    return count === 1
      ? y
      : concat(
          Array.from({ length: count }, () => y),
          stored,
        );
  }, x);
}

/** `axis` is that of x in memory. Indices of host arithmetic are checked. */
function gatherOf(operands: Operands): Tensor {
  const axis = operands.attributes.number("axis", 0);
  const x = operands.tensor(0);
  if (!operands.attributes.number("checked", 0)) return gather(x, operands.tensor(1), { axis });
  const { data, shape } = operands.host(1);
  const extent = present(x.shape[axis]);
  const wrong = data.find((row) => row < -extent || row >= extent);
  if (wrong !== undefined) throw new ShapeError(`the index ${wrong} is not in ${extent} rows`);
  const indices = x.backend.tensor(Float32Array.from(data), shape);
  return gather(x, indices, { axis });
}

function blocksOf(move: typeof depthToSpace): Operation {
  return (operands) => {
    const { attributes } = operands;
    const mode = attributes.text("mode", "DCR") === "CRD" ? "CRD" : "DCR";
    return move(operands.tensor(0), { blockSize: attributes.number("blocksize", 1), mode });
  };
}

export const SHAPING: Readonly<Record<string, Operation>> = {
  Axes: axesOf,
  Concat: concatOf,
  Constant: (operands) => operands.tensor(0),
  DepthToSpace: blocksOf(depthToSpace),
  Expand: expandOf,
  Flatten: flattenOf,
  Gather: gatherOf,
  Reshape: reshapeOf,
  Slice: sliceOfTensor,
  SpaceToDepth: blocksOf(spaceToDepth),
  Split: splitOf,
  Tile: tileOf,
  Transpose: (operands) => permute(operands.tensor(0), operands.attributes.list("perm") ?? []),
};
