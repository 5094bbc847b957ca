import { reshape, type Tensor } from "../../core/tensor.js";
import { abs } from "../../ops/elementwise/abs.js";
import { add } from "../../ops/elementwise/add.js";
import { clip } from "../../ops/elementwise/clip.js";
import { div } from "../../ops/elementwise/div.js";
import { elu } from "../../ops/elementwise/elu.js";
import { exp } from "../../ops/elementwise/exp.js";
import { gelu } from "../../ops/elementwise/gelu.js";
import { hardSigmoid } from "../../ops/elementwise/hardSigmoid.js";
import { leakyRelu } from "../../ops/elementwise/leakyRelu.js";
import { log } from "../../ops/elementwise/log.js";
import { maximum } from "../../ops/elementwise/maximum.js";
import { minimum } from "../../ops/elementwise/minimum.js";
import { mul } from "../../ops/elementwise/mul.js";
import { neg } from "../../ops/elementwise/neg.js";
import { pow } from "../../ops/elementwise/pow.js";
import { prelu } from "../../ops/elementwise/prelu.js";
import { sigmoid } from "../../ops/elementwise/sigmoid.js";
import { softplus } from "../../ops/elementwise/softplus.js";
import { sqrt } from "../../ops/elementwise/sqrt.js";
import { square } from "../../ops/elementwise/square.js";
import { sub } from "../../ops/elementwise/sub.js";
import { tanh } from "../../ops/elementwise/tanh.js";
import type { Operands } from "../layers/operands.js";

/** Computes the output of an operator. It throws a ShapeError if its operands do not fit. */
export type Operation = (operands: Operands) => Tensor;

type Unary = (x: Tensor, operands: Operands) => Tensor;

/** A number as a scalar tensor. */
function scalar(x: Tensor, value: number): Tensor {
  return x.backend.full([], value);
}

/** Selu's constants, as ONNX gives them. */
const SELU = { alpha: 1.6732631921768188, gamma: 1.0507010221481323 };

const UNARY: Readonly<Record<string, Unary>> = {
  Abs: (x) => abs(x),
  // max(0, x) + min(0, α · (exp(x / α) − 1)) = α · elu(x / α)
  Celu: (x, { attributes }) => {
    const alpha = scalar(x, attributes.number("alpha", 1));
    return mul(alpha, elu(div(x, alpha)));
  },
  Elu: (x, { attributes }) => elu(x, { alpha: attributes.number("alpha", 1) }),
  Exp: (x) => exp(x),
  Gelu: (x, { attributes }) =>
    gelu(x, { approximate: attributes.text("approximate", "none") === "tanh" ? "tanh" : "none" }),
  HardSigmoid: (x, { attributes }) =>
    hardSigmoid(x, { alpha: attributes.number("alpha", 0.2), beta: attributes.number("beta", 0.5) }),
  Identity: (x) => reshape(x, x.shape),
  LeakyRelu: (x, { attributes }) => leakyRelu(x, { alpha: attributes.number("alpha", 0.01) }),
  Log: (x) => log(x),
  Mish: (x) => mul(x, tanh(softplus(x))),
  Neg: (x) => neg(x),
  Reciprocal: (x) => div(scalar(x, 1), x),
  Selu: (x, { attributes }) => {
    const y = elu(x, { alpha: attributes.number("alpha", SELU.alpha) });
    return mul(scalar(x, attributes.number("gamma", SELU.gamma)), y);
  },
  Softsign: (x) => div(x, add(scalar(x, 1), abs(x))),
  Sqrt: (x) => sqrt(x),
  Square: (x) => square(x),
  Swish: (x, { attributes }) => mul(x, sigmoid(mul(x, scalar(x, attributes.number("alpha", 1))))),
};

const BINARY: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  Add: add,
  Div: div,
  Max: maximum,
  Min: minimum,
  Mul: mul,
  PRelu: prelu,
  Pow: pow,
  Sub: sub,
};

/** Limits may be numbers, or tensors that are known only when the model runs. */
function clipped(operands: Operands): Tensor {
  const { attributes } = operands;
  const x = operands.tensor(0);
  const [min, max] = [operands.optional(1), operands.optional(2)];
  if (!min && !max)
    return clip(x, { min: attributes.number("min", -Infinity), max: attributes.number("max", Infinity) });
  const raised = min ? maximum(x, min) : x;
  return max ? minimum(raised, max) : raised;
}

export const ELEMENTWISE: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    Object.entries(UNARY).map(([name, compute]) => [
      name,
      (operands: Operands) => compute(operands.tensor(0), operands),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(BINARY).map(([name, compute]) => [
      name,
      (operands: Operands) => compute(operands.tensor(0), operands.tensor(1)),
    ]),
  ),
  Clip: clipped,
};

export const UNARY_NAMES: readonly string[] = Object.keys(UNARY);
export const BINARY_NAMES: readonly string[] = Object.keys(BINARY);
