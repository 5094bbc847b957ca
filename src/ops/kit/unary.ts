import type { UnaryAttributes } from "../../core/attributes.js";
import { mapValues } from "../../core/objects.js";
import type { ShaderConstants, ShaderSource } from "../../core/operation.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { checkGradientShape, launchElements } from "./elementwise.js";
import { checkTensors, execute } from "./execute.js";

/**
 * An operator y = f(x), element by element. The formulas are in shaders/elementwise/NAME.wgsl, and again in
 * src/runtime/reference/unaryFormulas.ts, with the bound of the error.
 */
export interface Unary {
  /** The name of its function, its shader and its formulas. Its gradient is `${name}Backward`. */
  readonly name: string;
  readonly shader: ShaderSource;
  /** f′ is computed from f's input x or from its output y. */
  readonly gradientFrom: "x" | "y";
  readonly options?: {
    readonly names: readonly string[];
    /** @throws OptionError */
    read(reader: OptionReader): UnarySettings;
  };
  /** K of the numerical promise, forward and backward: 0 if both must be exact. 1 if left out. */
  readonly terms?: 0 | 1;
  /** Whether f is a ReLU. The operator after it may then mask the gradient itself. */
  readonly rectifies?: true;
}

/** The options of a call, checked. */
interface UnarySettings {
  /** For the formulas, and for the shader's `Params`. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** For the shader. */
  readonly constants?: ShaderConstants;
}

/** A call with its options read. */
interface UnaryCall {
  readonly attributes: UnaryAttributes;
  readonly constants: ShaderConstants;
}

/** @param operator the function that was called, for messages @throws OptionError */
export function readUnary({ name, options: known }: Unary, operator: string, options: object): UnaryCall {
  const reader = new OptionReader(operator, options, known?.names ?? []);
  const { numbers = {}, constants = {} } = known?.read(reader) ?? {};
  return { attributes: { name, numbers: mapValues(numbers, (number) => Math.fround(number)) }, constants };
}

/** y = f(x). @throws OptionError, DisposedError, BackendLostError, OutOfMemoryError */
export function unary(definition: Unary, x: Tensor, options: object): Tensor {
  const { name, shader, gradientFrom, terms = 1, rectifies = false } = definition;
  checkTensors(name, { x });
  const call = readUnary(definition, name, options);
  const { numbers } = call.attributes;
  return execute({
    name,
    inputs: { x },
    outputs: { y: x.shape },
    gpu: (launcher, { x }, { y }) =>
      launchElements(launcher, shader, x.elements, { x, y }, numbers, { ...call.constants, GRADIENT: false }),
    cpu: (kernels, inputs, outputs) => kernels.unary(call.attributes, inputs, outputs),
    terms,
    rectifies,
    backward({ inputs, outputs, gradient, masked }) {
      // Only the gradient of a ReLU's output is masked.
      if (masked("y")) return { x: gradient("y") };
      const value = gradientFrom === "x" ? inputs.x : outputs.y;
      return { x: gradientOf(definition, call, value, gradient("y")) };
    },
  }).y;
}

/**
 * dx = f′ · dy.
 *
 * @param value the forward's input or output, as `gradientFrom` says
 * @throws OptionError, ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function unaryBackward(definition: Unary, value: Tensor, dy: Tensor, options: object): Tensor {
  const operator = `${definition.name}Backward`;
  checkTensors(operator, { [definition.gradientFrom]: value, dy });
  const call = readUnary(definition, operator, options);
  checkGradientShape(operator, dy, value.shape);
  return gradientOf(definition, call, value, dy);
}

function gradientOf({ name, shader, terms = 1 }: Unary, call: UnaryCall, value: Tensor, dy: Tensor): Tensor {
  const { attributes, constants } = call;
  return execute({
    name: `${name}Backward`,
    inputs: { value, dy },
    outputs: { dx: dy.shape },
    gpu: (launcher, { value: v, dy }, { dx }) =>
      launchElements(launcher, shader, dy.elements, { v, dy, dx }, attributes.numbers, {
        ...constants,
        GRADIENT: true,
      }),
    cpu: (kernels, inputs, outputs) => kernels.unaryBackward(attributes, inputs, outputs),
    terms,
  }).dx;
}
