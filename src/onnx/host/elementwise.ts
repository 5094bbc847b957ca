import { ShapeError } from "../../core/errors.js";
import type { ElementTypeName } from "../../io/arrays.js";
import type { HostTensor } from "../format/onnxFile.js";
import { commonShape, hostTensor, isFloat, stretched } from "./arrays.js";
import { present } from "./present.js";

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Exp: Math.exp,
  Floor: Math.floor,
  Log: Math.log,
  Neg: (x) => -x,
  Not: (x) => (x === 0 ? 1 : 0),
  Reciprocal: (x) => 1 / x,
  Relu: (x) => (x > 0 ? x : x * 0 === 0 ? 0 : x),
  Round: roundEven,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Max: Math.max,
  Mean: (a, b) => a + b,
  Min: Math.min,
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Sub: (a, b) => a - b,
  Sum: (a, b) => a + b,
};

/** They give truth values. */
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  And: (a, b) => a !== 0 && b !== 0,
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
  Or: (a, b) => a !== 0 || b !== 0,
  Xor: (a, b) => (a !== 0) !== (b !== 0),
};

export const ELEMENTWISE = [...Object.keys(UNARY), ...Object.keys(BINARY), ...Object.keys(COMPARISONS), "Div", "Mod"];

/** @throws ShapeError if the shapes do not fit each other */
export function elementwise(op: string, inputs: readonly HostTensor[], fmod: boolean): HostTensor {
  const [a, b] = inputs;
  if (!a) throw new ShapeError(`${op} has no input`);
  const unary = UNARY[op];
  if (unary) return hostTensor(a.dtype, a.shape, (i) => unary(present(a.data[i])), a.data.length);
  if (op === "Max" || op === "Min" || op === "Sum" || op === "Mean") return folded(op, inputs);
  if (!b) throw new ShapeError(`${op} has one input, expected two`);
  const comparison = COMPARISONS[op];
  if (comparison) return pairs("bool", a, b, (x, y) => Number(comparison(x, y)));
  if (op === "Div") return pairs(a.dtype, a, b, isFloat(a.dtype) ? (x, y) => x / y : (x, y) => Math.trunc(x / y));
  if (op === "Mod") return pairs(a.dtype, a, b, fmod ? (x, y) => x % y : (x, y) => x - y * Math.floor(x / y));
  return pairs(a.dtype, a, b, present(BINARY[op]));
}

function folded(op: string, inputs: readonly HostTensor[]): HostTensor {
  const sum = inputs.reduce((a, b) => pairs(a.dtype, a, b, present(BINARY[op])));
  if (op !== "Mean") return sum;
  return hostTensor(sum.dtype, sum.shape, (i) => present(sum.data[i]) / inputs.length);
}

function pairs(
  dtype: ElementTypeName,
  a: HostTensor,
  b: HostTensor,
  compute: (a: number, b: number) => number,
): HostTensor {
  const shape = commonShape([a.shape, b.shape]);
  const [left, right] = [stretched(a, shape).data, stretched(b, shape).data];
  const from = Math.max(a.data.length, b.data.length);
  return hostTensor(dtype, shape, (i) => compute(present(left[i]), present(right[i])), from);
}

/** Halves go to the even neighbour. */
function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
