import type { Kernels } from "../../core/kernels.js";
import { BINARY_FORMULAS, type BinaryFormula } from "./binaryFormulas.js";
import { forEachBroadcast } from "./broadcast.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { type Numbers, UNARY_FORMULAS, type UnaryFormula } from "./unaryFormulas.js";

// The reference of shaders/elementwise: the formulas, in loops over elements.

type UnaryMap = (formula: UnaryFormula) => (x: number, numbers: Numbers) => number;
type UnaryBackwardMap = (formula: UnaryFormula) => (v: number, dy: number, numbers: Numbers) => number;
type BinaryMap = (formula: BinaryFormula) => (a: number, b: number) => number;
type BinaryBackwardMap = (formula: BinaryFormula, operand: "a" | "b") => (a: number, b: number, dy: number) => number;

function unaryBy(choose: UnaryMap): ReferenceKernel<"unary"> {
  return ({ name, numbers }, { x }, { y }) => {
    const map = choose(formulaOf(UNARY_FORMULAS, name));
    for (let i = 0; i < y.length; i++) y[i] = map(x[i]!, numbers);
  };
}

function unaryBackwardBy(choose: UnaryBackwardMap): ReferenceKernel<"unaryBackward"> {
  return ({ name, numbers }, { value, dy }, { dx }) => {
    const map = choose(formulaOf(UNARY_FORMULAS, name));
    for (let i = 0; i < dx.length; i++) dx[i] = map(value[i]!, dy[i]!, numbers);
  };
}

function binaryBy(choose: BinaryMap): ReferenceKernel<"binary"> {
  return ({ name, shape, aShape, bShape }, { a, b }, { y }) => {
    const map = choose(formulaOf(BINARY_FORMULAS, name));
    forEachBroadcast(shape, aShape, bShape, (i, j, k) => {
      y[i] = map(a[j]!, b[k]!);
    });
  };
}

function binaryBackwardBy(choose: BinaryBackwardMap): ReferenceKernel<"binaryBackward"> {
  return ({ name, shape, aShape, bShape, operand }, { a, b, dy }, { dx }) => {
    const map = choose(formulaOf(BINARY_FORMULAS, name), operand);
    forEachBroadcast(shape, aShape, bShape, (i, j, k) => {
      dx[i] = map(a[j]!, b[k]!, dy[i]!);
    });
  };
}

function formulaOf<Formula>(formulas: Readonly<Record<string, Formula>>, name: string): Formula {
  const formula = formulas[name];
  if (formula === undefined) throw new Error(`the reference has no formula of the name ${name}`);
  return formula;
}

export const unary = unaryBy((formula) => formula.value);
export const unaryBackward = unaryBackwardBy((formula) => formula.gradient);
export const binary = binaryBy((formula) => formula.value);
export const binaryBackward = binaryBackwardBy((formula, operand) =>
  operand === "a" ? formula.gradientA : formula.gradientB,
);

const absolute =
  <Arguments extends readonly unknown[]>(formula: (...given: Arguments) => number) =>
  (...given: Arguments) =>
    Math.abs(formula(...given));

/** Takes the place of the kernels' Σ|terms|. */
export const elementwiseMagnitudes = {
  unary: unaryBy(unaryMagnitude),
  unaryBackward: unaryBackwardBy(unaryGradientMagnitude),
  binary: binaryBy(binaryMagnitude),
  binaryBackward: binaryBackwardBy(binaryGradientMagnitude),
} satisfies Partial<Kernels<Float32Array>>;

export function unaryMagnitude({ value, magnitude }: UnaryFormula) {
  return magnitude ?? absolute(value);
}

export function unaryGradientMagnitude({ gradient, gradientMagnitude }: UnaryFormula) {
  return gradientMagnitude ?? absolute(gradient);
}

export function binaryMagnitude({ value, magnitude }: BinaryFormula) {
  return magnitude ?? absolute(value);
}

export function binaryGradientMagnitude(formula: BinaryFormula, operand: "a" | "b") {
  const { gradientA, gradientB, gradientAMagnitude, gradientBMagnitude } = formula;
  return operand === "a" ? (gradientAMagnitude ?? absolute(gradientA)) : (gradientBMagnitude ?? absolute(gradientB));
}
