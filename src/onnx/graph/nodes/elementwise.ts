import type { ActivationName } from "../../../nn/activations.js";
import { Activation } from "../../../nn/layers/activation.js";
import { Add, Multiply } from "../../../nn/layers/merging.js";
import { isFloat } from "../../host/arrays.js";
import { sameOrder } from "../../host/orders.js";
import { present } from "../../host/present.js";
import { type NodeScope, Unsupported } from "../nodeScope.js";
import { constantIn, type Device, isDevice, type Operand, type Value } from "../values.js";
import { aligned } from "./align.js";
import type { NodeKind } from "./nodeKind.js";

/** An activation of the library. */
export function activation(scope: NodeScope, x: Device, name: ActivationName): Device {
  return scope.layer(() => new Activation(name), x, {}, x);
}

/** A function of each element. `layer` gives the activation of the library that computes it, if there is one. */
function unary(
  attributes: readonly string[],
  layer: (scope: NodeScope) => ActivationName | undefined,
  operator?: string,
): NodeKind {
  return {
    attributes,
    lower(scope) {
      const x = scope.device(0);
      const name = layer(scope);
      if (name !== undefined) return activation(scope, x, name);
      return scope.operator(operator ?? scope.node.op, [x], scope.attributes.plain, { ...x });
    },
  };
}

const plain = (attributes: readonly string[] = []) => unary(attributes, () => undefined);
const named = (name: ActivationName) => unary([], () => name);

/** Whether an attribute has the value of the library's default, as a float32. */
function is(scope: NodeScope, name: string, fallback: number, value: number): boolean {
  return Math.fround(scope.attributes.number(name, fallback)) === Math.fround(value);
}

function binary(): NodeKind {
  return {
    attributes: ["axis", "broadcast"],
    lower(scope) {
      const values = [scope.value(0), scope.value(1)];
      checkDivision(scope);
      return combined(scope, scope.node.op, values);
    },
  };
}

/** Integers are divided without a rest, which tensors of floats cannot express. */
function checkDivision({ node, dtype }: NodeScope): void {
  if (node.op === "Div" && !isFloat(dtype)) throw new Unsupported("it divides integers that the net computes");
}

function combined(scope: NodeScope, op: string, values: readonly Value[]): Device {
  const { operands, leading } = aligned(scope, values);
  const result = { order: leading.order, dtype: leading.dtype, flattened: leading.flattened };
  const [a, b] = operands;
  if (isDevice(a) && isDevice(b) && (op === "Add" || op === "Mul") && alike(a, b)) {
    const make = op === "Add" ? () => new Add() : () => new Multiply();
    return scope.emitter.layer(make, scope.name, [a, b], {}, result);
  }
  if (op === "Pow" && b?.form === "number" && b.value === 2 && isDevice(a)) {
    return scope.operator("Square", [a], {}, result);
  }
  return scope.operator(op, operands, {}, result);
}

/** Whether two tensors have the same first extent and rank. The library's layers want this. */
function alike(a: Device, b: Device): boolean {
  return sameOrder(a.order, b.order) && a.extents.trials.every((shape, i) => shape[0] === b.extents.trials[i]?.[0]);
}

/** Of any number of inputs, from left to right. */
function several(op: string): NodeKind {
  return {
    attributes: [],
    lower(scope) {
      const values = scope.inputs.map((_, i) => scope.value(i));
      const [first, ...others] = values;
      if (others.length === 0) return scope.value(0);
      const sum = others.reduce((a, b) => combined(scope, op, [a, b]), present(first));
      if (scope.node.op !== "Mean" || !isDevice(sum)) return sum;
      return scope.operator("Div", [sum, { form: "number", value: values.length }], {}, sum);
    },
  };
}

const clip: NodeKind = {
  attributes: ["min", "max"],
  lower(scope) {
    const x = scope.device(0);
    const limits = [1, 2].map((i) => (scope.has(i) ? scope.value(i) : undefined));
    const constants = limits.map((limit) => constantIn(limit)?.data[0]);
    if (limits.every((limit, i) => limit === undefined || constants[i] !== undefined)) {
      const min = constants[0] ?? scope.attributes.number("min", Number.NEGATIVE_INFINITY);
      const max = constants[1] ?? scope.attributes.number("max", Number.POSITIVE_INFINITY);
      if (min === 0 && max === 6) return activation(scope, x, "relu6");
      // ONNX: if the limits cross, the result is the upper one everywhere.
      const attributes = {
        ...(min > Number.NEGATIVE_INFINITY && { min: Math.min(min, max) }),
        ...(max < Number.POSITIVE_INFINITY && { max }),
      };
      return scope.operator("Clip", [x], attributes, { ...x });
    }
    const operands = limits.map((limit): Operand => (isDevice(limit) ? scope.emitter.plain(limit) : limit));
    return scope.operator("Clip", [x, ...operands], {}, { ...x });
  },
};

/** A cast to a narrower float than these would round. Tensors hold more digits than a float16, so nothing is lost. */
const FLOATS = ["float16", "float32", "float64"];

/** Types of floats become each other: tensors are float32. Integers and truth values become floats. */
const cast: NodeKind = {
  attributes: ["to", "saturate", "round_mode"],
  lower(scope) {
    const x = scope.device(0);
    const to = scope.attributes.text("to", "float32");
    const dtype = (["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const).find(
      (name) => name === to,
    );
    if (dtype === undefined) {
      if (FLOATS.includes(to)) return { ...x, dtype: "float32" };
      throw new Unsupported(`it casts to the type ${to}`);
    }
    if (isFloat(x.dtype) || dtype === "bool" || narrower(dtype, x.dtype)) {
      throw new Unsupported(`it casts ${x.dtype} that the net computes to ${to}`);
    }
    return { ...x, dtype };
  },
};

/** Whether integers of one type may not fit another. */
function narrower(to: string, from: string): boolean {
  const bits = (name: string) => (name === "bool" ? 1 : Number(/\d+/.exec(name)?.[0] ?? 0));
  return bits(to) < bits(from) || (to.startsWith("u") && !from.startsWith("u") && from !== "bool");
}

export const ELEMENTWISE_NODES: Readonly<Record<string, NodeKind>> = {
  Abs: plain(),
  Add: binary(),
  Cast: cast,
  Celu: plain(["alpha"]),
  Clip: clip,
  Div: binary(),
  Elu: unary(["alpha"], (scope) => (is(scope, "alpha", 1, 1) ? "elu" : undefined)),
  Exp: plain(),
  Gelu: unary(["approximate"], ({ attributes }) =>
    attributes.text("approximate", "none") === "none" ? "gelu" : undefined,
  ),
  HardSigmoid: unary(["alpha", "beta"], (scope) =>
    is(scope, "alpha", 0.2, 1 / 6) && is(scope, "beta", 0.5, 0.5) ? "hardSigmoid" : undefined,
  ),
  HardSwish: named("hardSwish"),
  LeakyRelu: unary(["alpha"], (scope) => (is(scope, "alpha", 0.01, 0.01) ? "leakyRelu" : undefined)),
  Log: plain(),
  Max: several("Max"),
  Mean: several("Add"),
  Min: several("Min"),
  Mish: plain(),
  Mul: binary(),
  Neg: plain(),
  PRelu: binary(),
  Pow: binary(),
  Reciprocal: plain(),
  Relu: {
    attributes: [],
    lower: (scope) => (scope.isFused ? scope.device(0) : activation(scope, scope.device(0), "relu")),
  },
  Selu: plain(["alpha", "gamma"]),
  Sigmoid: named("sigmoid"),
  Softplus: named("softplus"),
  Softsign: plain(),
  Sqrt: plain(),
  Sub: binary(),
  Sum: several("Add"),
  Swish: unary(["alpha"], (scope) => (is(scope, "alpha", 1, 1) ? "silu" : undefined)),
  Tanh: named("tanh"),
};
