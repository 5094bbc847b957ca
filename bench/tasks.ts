import {
  conv2dOutputShape,
  conv2dProducts,
  pad2dOutputShape,
  pool2dOutputShape,
  sizeOf,
} from "../test/support/float64.js";
import type { OperatorCall } from "./operators.js";

/** [N, H, W, C] for images, [R, S, C / groups, K] for a filter. */
export type Shape4 = readonly [number, number, number, number];

interface Sliding {
  readonly strides?: number;
  readonly padding?: number;
}

export interface ConvolutionOptions extends Sliding {
  readonly dilations?: number;
  readonly groups?: number;
}

export interface PoolOptions extends Sliding {
  readonly windowDimensions: number;
}

export interface PadOptions {
  readonly padding: number;
  readonly mode?: "constant" | "reflection";
}

export interface ConvolutionTask {
  readonly operator: "conv2d" | "conv2dBackwardInput" | "conv2dBackwardFilter" | "conv2dBackwardBias";
  readonly x: Shape4;
  readonly w: Shape4;
  readonly options: ConvolutionOptions;
}

export interface PoolTask {
  readonly operator: "maxPool2d" | "maxPool2dBackward" | "averagePool2d" | "averagePool2dBackward";
  readonly x: Shape4;
  readonly options: PoolOptions;
}

export interface PadTask {
  readonly operator: "pad2d" | "pad2dBackward";
  readonly x: Shape4;
  readonly options: PadOptions;
}

export interface TransposeTask {
  readonly operator: "transpose";
  readonly x: Shape4;
  readonly permutation: Shape4;
}

/** A call that brings its own shapes and its own oracle. */
export interface OperatorTask {
  readonly operator: "other";
  readonly of: OperatorCall;
}

/** One call of one operator in plain numbers, for the library, the oracle and the peers. Tensors are nhwc, filters hwio. */
export type Task = ConvolutionTask | PoolTask | PadTask | TransposeTask | OperatorTask;

/** The shapes of the operator's inputs, by the names of the library's arguments. */
export function inputShapes(task: Task): Readonly<Record<string, readonly number[]>> {
  switch (task.operator) {
    case "conv2d":
      return { x: task.x, w: task.w };
    case "conv2dBackwardInput":
      return { dy: conv2dOutputShape(task.x, task.w, task.options), w: task.w };
    case "conv2dBackwardFilter":
      return { x: task.x, dy: conv2dOutputShape(task.x, task.w, task.options) };
    case "conv2dBackwardBias":
      return { dy: conv2dOutputShape(task.x, task.w, task.options) };
    case "maxPool2dBackward":
      return { x: task.x, dy: pool2dOutputShape(task.x, task.options) };
    case "averagePool2dBackward":
      return { dy: pool2dOutputShape(task.x, task.options) };
    case "pad2dBackward":
      return { dy: pad2dOutputShape(task.x, task.options) };
    case "other":
      return task.of.inputs;
    default:
      return { x: task.x };
  }
}

export function outputShape(task: Task): readonly number[] {
  switch (task.operator) {
    case "conv2d":
      return conv2dOutputShape(task.x, task.w, task.options);
    case "conv2dBackwardFilter":
      return task.w;
    case "conv2dBackwardBias":
      return task.w.slice(3);
    case "maxPool2d":
    case "averagePool2d":
      return pool2dOutputShape(task.x, task.options);
    case "pad2d":
      return pad2dOutputShape(task.x, task.options);
    case "transpose":
      return task.permutation.map((axis) => task.x[axis] ?? 0);
    case "other":
      return task.of.output;
    default:
      return task.x;
  }
}

/** The work that every implementation must do. */
export interface Work {
  /** Two for each multiply-add, padding included. Undefined for operators without multiply-adds. */
  readonly flops?: number;
  /** Each input read once, each output written once. */
  readonly bytes: number;
}

export function workOf(task: Task): Work {
  const elements = [...Object.values(inputShapes(task)), outputShape(task)].map(sizeOf);
  const bytes = Float32Array.BYTES_PER_ELEMENT * elements.reduce((sum, size) => sum + size, 0);
  switch (task.operator) {
    case "conv2d":
    case "conv2dBackwardInput":
    case "conv2dBackwardFilter":
      return { flops: 2 * conv2dProducts(task.x, task.w, task.options), bytes };
    case "other":
      return { ...(task.of.flops && { flops: task.of.flops }), bytes };
    default:
      return { bytes };
  }
}
