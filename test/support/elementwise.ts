import * as library from "webgpu-cnn";
import { Tensor } from "webgpu-cnn";
import type { Binary } from "../../src/ops/kit/binary.js";
import { readUnary, type Unary } from "../../src/ops/kit/unary.js";
import { BINARY_FORMULAS, type BinaryFormula } from "../../src/runtime/reference/binaryFormulas.js";
import {
  binaryGradientMagnitude,
  binaryMagnitude,
  unaryGradientMagnitude,
  unaryMagnitude,
} from "../../src/runtime/reference/elementwise.js";
import { type Numbers, UNARY_FORMULAS, type UnaryFormula } from "../../src/runtime/reference/unaryFormulas.js";

/** All elementwise operators that src/ops/elementwise defines and the library exports. Tests of all of them need no list. */
const definitions = Object.values(
  import.meta.glob<{ readonly definition?: Unary | Binary }>("../../src/ops/elementwise/*.ts", { eager: true }),
).flatMap(({ definition }) => definition ?? []);

/** The value of a formula and the magnitude of the shader's allowed error. */
interface Promised<Arguments extends readonly number[]> {
  value(...given: Arguments): number;
  magnitude(...given: Arguments): number;
}

export interface UnaryOperator {
  readonly name: string;
  readonly gradientFrom: "x" | "y";
  /** The names of its options. */
  readonly options: readonly string[];
  /** K. */
  readonly terms: number;
  forward(x: Tensor, options?: object): Tensor;
  backward(value: Tensor, dy: Tensor, options?: object): Tensor;
  /** Its formulas with these options, in float64. */
  formulas(options: object): { readonly y: Promised<[x: number]>; readonly dx: Promised<[value: number, dy: number]> };
}

export interface BinaryOperator {
  readonly name: string;
  /** Whether its gradients take the shapes of the operands instead of the operands. */
  readonly backwardByShapes: boolean;
  /** The names of the operands in its signature. */
  readonly operands: readonly [a: string, b: string];
  /** Whether y has the shape of a. Then a is never stretched. */
  readonly onlyBStretches: boolean;
  forward(a: Tensor, b: Tensor): Tensor;
  backward(a: Tensor, b: Tensor, dy: Tensor): { readonly da: Tensor; readonly db: Tensor };
  readonly y: Promised<[a: number, b: number]>;
  readonly da: Promised<[a: number, b: number, dy: number]>;
  readonly db: Promised<[a: number, b: number, dy: number]>;
}

const BACKWARD_BY_SHAPES = ["add", "sub"];

export const UNARY_OPERATORS: readonly UnaryOperator[] = definitions.filter(isUnary).map(unaryOperator);
export const BINARY_OPERATORS: readonly BinaryOperator[] = definitions
  .filter((definition) => !isUnary(definition))
  .map(binaryOperator);

function isUnary(definition: Unary | Binary): definition is Unary {
  return "gradientFrom" in definition;
}

function unaryOperator(definition: Unary): UnaryOperator {
  const { name, gradientFrom, terms = 1, options } = definition;
  const formula = formulaOf(UNARY_FORMULAS, name);
  return {
    name,
    gradientFrom,
    options: options?.names ?? [],
    terms,
    forward: (...given) => tensorOf(exported(name)(...given)),
    backward: (...given) => tensorOf(exported(`${name}Backward`)(...given)),
    formulas: (given) => unaryFormulas(formula, readUnary(definition, name, given).attributes.numbers),
  };
}

function unaryFormulas(formula: UnaryFormula, numbers: Numbers): ReturnType<UnaryOperator["formulas"]> {
  const [magnitude, gradientMagnitude] = [unaryMagnitude(formula), unaryGradientMagnitude(formula)];
  return {
    y: { value: (x) => formula.value(x, numbers), magnitude: (x) => magnitude(x, numbers) },
    dx: {
      value: (value, dy) => formula.gradient(value, dy, numbers),
      magnitude: (value, dy) => gradientMagnitude(value, dy, numbers),
    },
  };
}

function binaryOperator({ name, operands = ["a", "b"], onlyBStretches = false }: Binary): BinaryOperator {
  const formula: BinaryFormula = formulaOf(BINARY_FORMULAS, name);
  const backwardByShapes = BACKWARD_BY_SHAPES.includes(name);
  return {
    name,
    backwardByShapes,
    operands,
    onlyBStretches,
    forward: (...given) => tensorOf(exported(name)(...given)),
    backward(a, b, dy) {
      const given = backwardByShapes ? [a.shape, b.shape] : [a, b];
      const gradients = exported(`${name}Backward`)(...given, dy);
      if (typeof gradients !== "object" || gradients === null) throw new Error(`${name}Backward gives no gradients`);
      const of = (operand: string): unknown => Reflect.get(gradients, operand);
      const [ofA, ofB] = operands.map((operand) => tensorOf(of(`d${operand}`)));
      if (!ofA || !ofB) throw new Error("unreachable: there are two operands");
      return { da: ofA, db: ofB };
    },
    y: { value: formula.value, magnitude: binaryMagnitude(formula) },
    da: { value: formula.gradientA, magnitude: binaryGradientMagnitude(formula, "a") },
    db: { value: formula.gradientB, magnitude: binaryGradientMagnitude(formula, "b") },
  };
}

/** A function that the library exports. */
function exported(name: string): (...given: readonly unknown[]) => unknown {
  const found: unknown = Reflect.get(library, name);
  if (typeof found !== "function") throw new Error(`the library exports no function ${name}`);
  return (...given) => Reflect.apply(found, undefined, given);
}

function tensorOf(value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new Error("expected a tensor");
}

function formulaOf<Formula>(formulas: Readonly<Record<string, Formula>>, name: string): Formula {
  const formula = formulas[name];
  if (formula === undefined) throw new Error(`no formula of the name ${name}`);
  return formula;
}

type Values = readonly (number | string)[];

/** Values of PyTorch, see tools/pytorch/elementwise.py. NaN and infinities are words. */
interface Known {
  readonly unary: Readonly<Record<string, readonly KnownUnary[]>>;
  readonly binary: Readonly<Record<string, KnownBinary>>;
}

export interface KnownUnary {
  readonly options: object;
  readonly x: Values;
  readonly y: Values;
  readonly dx: Values;
}

export interface KnownBinary {
  readonly a: Values;
  readonly b: Values;
  readonly y: Values;
  readonly da: Values;
  readonly db: Values;
}

export const [known = { unary: {}, binary: {} }] = Object.values(
  import.meta.glob<Known>("../ops/elementwise/known.json", { eager: true, import: "default" }),
);

/** Every unary operator with each of its options that have known values. */
export const UNARY_CASES = UNARY_OPERATORS.flatMap((operator) =>
  (known.unary[operator.name] ?? []).map((values) => {
    const { options } = values;
    const shown = Object.keys(options).length > 0 ? ` ${JSON.stringify(options)}` : "";
    return [`${operator.name}${shown}`, operator, options, values] as const;
  }),
);
export const BINARY_CASES = BINARY_OPERATORS.map((operator) => [operator.name, operator] as const);
