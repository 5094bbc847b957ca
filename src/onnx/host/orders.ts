import type { Shape } from "../../core/shape.js";
import { present } from "./present.js";

/**
 * How the axes of a tensor lie in memory: its axis j holds axis `order[j]` of the tensor in the ONNX file. [0, 2, 3, 1]
 * is an image whose channels come last.
 */
export type Order = readonly number[];

export function plainOrder(rank: number): Order {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The channels last: they are axis 1 of the file. */
export function channelsLast(rank: number): Order {
  return rank < 3 ? plainOrder(rank) : [0, ...plainOrder(rank).slice(2), 1];
}

export function isPlain(order: Order): boolean {
  return order.every((axis, i) => axis === i);
}

export function sameOrder(a: Order, b: Order): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** A shape of the file as it lies in memory. */
export function storedShape(shape: Shape, order: Order): Shape {
  return order.map((axis) => present(shape[axis]));
}

/** A shape in memory as it is in the file. */
export function fileShape(shape: Shape, order: Order): Shape {
  return shape.map((_, axis) => present(shape[order.indexOf(axis)]));
}

/** The order after some axes of the file are taken out. */
export function withoutAxes(order: Order, gone: readonly number[]): Order {
  return order.filter((axis) => !gone.includes(axis)).map((axis) => axis - gone.filter((other) => other < axis).length);
}

/** Axes of the input and of the output of a reshape with the same elements in the same order. */
interface Group {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The smallest groups. Axes of extent 1 are left out. Undefined if the shapes have different numbers of elements. */
function groupsOf(from: Shape, to: Shape): readonly Group[] | undefined {
  const left = [...from.keys()].filter((axis) => from[axis] !== 1);
  const right = [...to.keys()].filter((axis) => to[axis] !== 1);
  const groups: Group[] = [];
  while (left.length > 0 && right.length > 0) {
    const group = { from: [present(left.shift())], to: [present(right.shift())] };
    let [a, b] = [present(from[group.from[0] ?? 0]), present(to[group.to[0] ?? 0])];
    while (a !== b) {
      const axis = a < b ? left.shift() : right.shift();
      if (axis === undefined) return undefined;
      if (a < b) {
        group.from.push(axis);
        a *= present(from[axis]);
      } else {
        group.to.push(axis);
        b *= present(to[axis]);
      }
    }
    groups.push(group);
  }
  return left.length + right.length > 0 ? undefined : groups;
}

/** The groups in the order in which they lie in memory, if each lies there in one piece. */
function groupsInMemory(groups: readonly Group[], from: Shape, order: Order): readonly Group[] | undefined {
  const found: Group[] = [];
  const axes = order.filter((axis) => from[axis] !== 1);
  for (let i = 0; i < axes.length; ) {
    const group = groups.find((each) => each.from[0] === axes[i]);
    if (!group?.from.every((axis, k) => axis === axes[i + k])) return undefined;
    found.push(group);
    i += group.from.length;
  }
  return found;
}

/**
 * The order of a reshaped tensor, if the elements can stay where they are in memory.
 *
 * @param from the shape in the file
 * @param to the shape in the file after the reshape
 * @param order that of the input
 */
export function orderAfterReshape(from: Shape, to: Shape, order: Order): Order | undefined {
  const inMemory = groupsInMemory(groupsOf(from, to) ?? [], from, order);
  if (!inMemory || elements(from) !== elements(to)) return undefined;
  const result = inMemory.flatMap((group) => group.to);
  // Axes of extent 1 go behind the axis before them.
  for (const axis of to.keys()) {
    if (to[axis] === 1) result.splice(result.indexOf(axis - 1) + 1, 0, axis);
  }
  return result;
}

/** Whether a reshape leaves the elements where they are in memory, for these orders of input and output. */
export function staysInMemory(from: Shape, to: Shape, order: Order, result: Order): boolean {
  const after = orderAfterReshape(from, to, order);
  if (!after) return false;
  const moving = (axes: Order) => axes.filter((axis) => to[axis] !== 1);
  return sameOrder(moving(after), moving(result));
}

function elements(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}
