import type { Backend } from "../core/backend.js";
import { checkBackend } from "../core/checkBackend.js";
import { OptionError, ShapeError, show } from "../core/errors.js";
import type { Explanation } from "../core/inspection.js";
import type { Shape } from "../core/shape.js";
import type { Tensor } from "../core/tensor.js";
import { type TransposeOptions, transpose } from "./arrange/transpose.js";
import { conv2d } from "./conv/conv2d.js";
import { conv2dBackward } from "./conv/conv2dBackward.js";
import { conv2dBackwardBias } from "./conv/conv2dBackwardBias.js";
import { conv2dBackwardFilter } from "./conv/conv2dBackwardFilter.js";
import { conv2dBackwardInput } from "./conv/conv2dBackwardInput.js";
import type { Conv2dOptions } from "./conv/options.js";
import type { Pad2dOptions } from "./pad/options.js";
import { pad2d } from "./pad/pad2d.js";
import { pad2dBackward } from "./pad/pad2dBackward.js";
import { averagePool2d } from "./pool/averagePool2d.js";
import { averagePool2dBackward } from "./pool/averagePool2dBackward.js";
import { maxPool2d } from "./pool/maxPool2d.js";
import { type MaxPool2dBackwardOptions, maxPool2dBackward } from "./pool/maxPool2dBackward.js";
import type { AveragePool2dOptions, Pool2dOptions } from "./pool/options.js";

/** The options of the operators that `explain` knows, by the operator's name. */
export interface ExplainedOptions {
  /** Of {@link conv2d}. */
  conv2d: Conv2dOptions;
  /** Of {@link conv2dBackward}. */
  conv2dBackward: Conv2dOptions;
  /** Of {@link conv2dBackwardInput}. */
  conv2dBackwardInput: Conv2dOptions;
  /** Of {@link conv2dBackwardFilter}. */
  conv2dBackwardFilter: Conv2dOptions;
  /** Of {@link conv2dBackwardBias}. */
  conv2dBackwardBias: Conv2dOptions;
  /** Of {@link maxPool2d}. */
  maxPool2d: Pool2dOptions;
  /** Of {@link maxPool2dBackward}. */
  maxPool2dBackward: MaxPool2dBackwardOptions;
  /** Of {@link averagePool2d}. */
  averagePool2d: AveragePool2dOptions;
  /** Of {@link averagePool2dBackward}. */
  averagePool2dBackward: AveragePool2dOptions;
  /** Of {@link pad2d}. */
  pad2d: Pad2dOptions;
  /** Of {@link pad2dBackward}. */
  pad2dBackward: Pad2dOptions;
  /** Of {@link transpose}. */
  transpose: TransposeOptions;
}

/** Gives a tensor for an argument of a call, by the argument's name. */
type Tensors = (name: string) => Tensor;
type Shapes = (name: string) => Shape;

const CALLS: {
  readonly [Name in keyof ExplainedOptions]: (
    tensor: Tensors,
    options: ExplainedOptions[Name],
    shape: Shapes,
  ) => unknown;
} = {
  conv2d: (tensor, options) => conv2d(tensor("x"), tensor("w"), options),
  conv2dBackward: (tensor, options) => conv2dBackward(tensor("x"), tensor("w"), tensor("dy"), options),
  conv2dBackwardInput: (tensor, options, shape) =>
    conv2dBackwardInput(tensor("dy"), tensor("w"), shape("inputShape"), options),
  conv2dBackwardFilter: (tensor, options, shape) =>
    conv2dBackwardFilter(tensor("x"), tensor("dy"), shape("filterShape"), options),
  conv2dBackwardBias: (tensor, options) => conv2dBackwardBias(tensor("dy"), options),
  maxPool2d: (tensor, options) => maxPool2d(tensor("x"), options),
  maxPool2dBackward: (tensor, options) => maxPool2dBackward(tensor("x"), tensor("dy"), options),
  averagePool2d: (tensor, options) => averagePool2d(tensor("x"), options),
  averagePool2dBackward: (tensor, options, shape) => averagePool2dBackward(shape("inputShape"), tensor("dy"), options),
  pad2d: (tensor, options) => pad2d(tensor("x"), options),
  pad2dBackward: (tensor, options, shape) => pad2dBackward(shape("inputShape"), tensor("dy"), options),
  transpose: (tensor, options) => transpose(tensor("x"), options),
};

/**
 * Explains how an operator is computed for these shapes: the kernels with their tiles, invocations and estimated
 * operations, and the workspace. Nothing is computed. The operators of convolution, pooling, padding and transposition
 * are known by name. For other operators, or for several, use `backend.explain(() => …)`.
 *
 * @typeParam Name a name of {@link ExplainedOptions}
 * @param backend the backend whose adapter the kernels are planned for
 * @param operator the operator's name, such as "conv2d". Few operators are known by name, because `explain` bundles all
 * of them
 * @param shapes a shape for each tensor of the operator, such as `{ x: [8, 28, 28, 32], w: [3, 3, 32, 64] }`
 * @param options the operator's options, see {@link ExplainedOptions}
 * @returns the explanation, in numbers. Converted to a string, it is a text
 * @throws OptionError if `backend` is not a backend or the operator is unknown; ShapeError if a shape is missing; the
 * errors of the operator; BackendLostError
 *
 * @example
 * ```ts
 * const shapes = { x: [8, 28, 28, 32], w: [3, 3, 32, 64] };
 * const { operators } = explain(backend, "conv2d", shapes, { padding: "same" });
 * operators[0]?.operator; // "conv2d"
 * // 8 · 28 · 28 · 64 outputs, each of 3 · 3 · 32 multiply-adds. A multiply-add counts as two operations.
 * operators[0]?.operations; // 231211008
 * ```
 */
export function explain<Name extends keyof ExplainedOptions>(
  backend: Backend,
  operator: Name,
  shapes: Readonly<Record<string, Shape>>,
  options: ExplainedOptions[Name],
): Explanation {
  checkBackend("explain", "backend", backend);
  if (typeof operator !== "string" || !Object.hasOwn(CALLS, operator)) {
    throw new OptionError(`explain: operator is ${show(operator)}, expected one of ${Object.keys(CALLS)}`);
  }
  if (typeof shapes !== "object" || shapes === null) {
    throw new OptionError(`explain: shapes must be an object such as { x: [1, 28, 28, 1] }, got ${show(shapes)}`);
  }
  const shape = (name: string): Shape => {
    const given = shapes[name];
    if (given === undefined) throw new ShapeError(`explain: shapes.${name} is missing; ${operator} needs it`);
    return given;
  };
  return backend.explain(() => {
    CALLS[operator]((name) => backend.zeros(shape(name)), options, shape);
  });
}
