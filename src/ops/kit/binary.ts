import { ShapeError } from "../../core/errors.js";
import type { ShaderSource } from "../../core/operation.js";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import { checkShape, type Shape, sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { sumTo } from "../reduce/sumTo.js";
import { broadcastShape, launchBroadcast, operand } from "./broadcast.js";
import { checkGradientShape } from "./elementwise.js";
import { checkTensors, execute } from "./execute.js";

/**
 * An operator y = f(a, b), element by element. Both operands are stretched to one shape, as numpy broadcasts them. The
 * formulas are in shaders/elementwise/NAME.wgsl, and again in src/runtime/reference/binaryFormulas.ts, with the bound
 * of the error.
 */
export interface Binary {
  /** The name of its function, its shader and its formulas. Its gradients are `${name}Backward`. */
  readonly name: string;
  readonly shader: ShaderSource;
  /** The caller's names for the operands; "a" and "b" if left out. */
  readonly operands?: readonly [a: string, b: string];
  /** Whether y always has a's shape, so only b is stretched. */
  readonly onlyBStretches?: boolean;
  /**
   * The operands' gradients by other operators. Set if they are faster than the kernel's `gradientA` and `gradientB`.
   */
  readonly gradients?: {
    readonly a: OperandGradient;
    readonly b: OperandGradient;
  };
}

/**
 * The gradient of one operand, of that operand's shape.
 *
 * @param other the other operand
 */
type OperandGradient = (dy: Tensor, shape: Shape, other: Tensor) => Tensor;

/** The gradients of both operands. */
export interface OperandGradients {
  /** float32 of the shape of a. */
  readonly da: Tensor;
  /** float32 of the shape of b. */
  readonly db: Tensor;
}

/**
 * y = f(a, b).
 *
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function binary(definition: Binary, a: Tensor, b: Tensor, options: NoOptions): Tensor {
  const { name, shader } = definition;
  const [aName, bName] = namesOf(definition);
  checkTensors(name, { [aName]: a, [bName]: b });
  checkNoOptions(name, options);
  const [aShape, bShape] = [a.shape, b.shape];
  const shape = stretchedShape(definition, name, aShape, bShape);
  return execute({
    name,
    inputs: { a, b },
    outputs: { y: shape },
    gpu: (launcher, { a, b }, { y }) =>
      launchBroadcast(launcher, {
        shader,
        constants: { GRADIENT: false, OF_B: false },
        a: operand("a", a, aShape),
        b: operand("b", b, bShape),
        output: operand("y", y, shape),
      }),
    cpu: (kernels, inputs, outputs) => kernels.binary({ name, shape, aShape, bShape }, inputs, outputs),
    terms: 1,
    backward({ inputs: { a, b }, gradient, wants }) {
      const of = (operand: "a" | "b") =>
        wants(operand) ? gradientOf(definition, operand, a, b, gradient("y")) : undefined;
      return { a: of("a"), b: of("b") };
    },
  }).y;
}

/**
 * The gradients of a and b.
 *
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function binaryBackward(
  definition: Binary,
  a: Tensor,
  b: Tensor,
  dy: Tensor,
  options: NoOptions,
): OperandGradients {
  const operator = `${definition.name}Backward`;
  const [aName, bName] = namesOf(definition);
  const backend = checkTensors(operator, { [aName]: a, [bName]: b, dy });
  checkNoOptions(operator, options);
  checkGradientShape(operator, dy, stretchedShape(definition, operator, a.shape, b.shape));
  return backend.tidy(() => ({
    da: gradientOf(definition, "a", a, b, dy),
    db: gradientOf(definition, "b", a, b, dy),
  }));
}

/**
 * The gradients of operands that the forward adds or subtracts. They need only the operands' shapes.
 *
 * @param ofB the gradient of b from dy
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function backwardByShapes(
  operator: string,
  aShape: Shape,
  bShape: Shape,
  dy: Tensor,
  options: NoOptions,
  ofB: (dy: Tensor, shape: Shape) => Tensor,
): OperandGradients {
  const backend = checkTensors(operator, { dy });
  checkNoOptions(operator, options);
  const a = checkShape(operator, "aShape", aShape);
  const b = checkShape(operator, "bShape", bShape);
  checkGradientShape(operator, dy, broadcastShape(operator, "aShape", a, "bShape", b));
  return backend.tidy(() => ({ da: sumTo(dy, a), db: ofB(dy, b) }));
}

function namesOf({ operands = ["a", "b"] }: Binary): readonly [string, string] {
  return operands;
}

/** The shape of y. @throws ShapeError */
function stretchedShape(definition: Binary, operator: string, aShape: Shape, bShape: Shape): Shape {
  const [aName, bName] = namesOf(definition);
  const shape = broadcastShape(operator, aName, aShape, bName, bShape);
  if (definition.onlyBStretches && !sameShape(shape, aShape)) {
    throw new ShapeError(
      `${operator}: ${bName} is [${bShape.join(", ")}], expected a shape that stretches to ${aName} [${aShape.join(", ")}]: from the last axis on, its extents or 1; use reshape to add or join axes`,
    );
  }
  return shape;
}

function gradientOf(definition: Binary, of: "a" | "b", a: Tensor, b: Tensor, dy: Tensor): Tensor {
  const { name, shader, gradients } = definition;
  const [own, other] = of === "a" ? [a, b] : [b, a];
  if (gradients) return gradients[of](dy, own.shape, other);
  const [aShape, bShape, { shape }] = [a.shape, b.shape, dy];
  const { dx } = execute({
    name: `${name}Backward`,
    inputs: { a, b, dy },
    outputs: { dx: shape },
    gpu: (launcher, { a, b, dy }, { dx }) =>
      launchBroadcast(launcher, {
        shader,
        constants: { GRADIENT: true, OF_B: of === "b" },
        a: operand("a", a, aShape),
        b: operand("b", b, bShape),
        dy: operand("dy", dy, shape),
        output: operand("dx", dx, shape),
      }),
    cpu: (kernels, inputs, outputs) =>
      kernels.binaryBackward({ name, shape, aShape, bShape, operand: of }, inputs, outputs),
    terms: 1,
  });
  return sumTo(dx, own.shape);
}
