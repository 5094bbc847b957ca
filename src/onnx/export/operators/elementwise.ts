import type { OnnxAttribute, OnnxValue } from "../form.js";
import { BESIDE_IMAGES, type OperatorForm } from "./operatorForm.js";

/** Writes an operator. Undefined if it cannot be written. */
export type WriteOperator = (form: OperatorForm) => OnnxValue | undefined;

/** Operators of one operand, with the attributes that they may have. */
const UNARY: Readonly<Record<string, readonly string[]>> = {
  Abs: [],
  Celu: ["alpha"],
  Elu: ["alpha"],
  Exp: [],
  HardSigmoid: ["alpha", "beta"],
  Identity: [],
  LeakyRelu: ["alpha"],
  Log: [],
  Neg: [],
  Reciprocal: [],
  Selu: ["alpha", "gamma"],
  Softsign: [],
  Sqrt: [],
};

const BINARY = ["Add", "Div", "Max", "Min", "Mul", "Pow", "PRelu", "Sub"];

function unary(operator: string, names: readonly string[]): WriteOperator {
  return ({ scope, attributes, inputs: [x] }) => {
    const given: Record<string, OnnxAttribute> = {};
    for (const name of names) {
      if (attributes.plain[name] !== undefined) given[name] = { float: attributes.number(name, 0) };
    }
    return scope.node(operator, [x], { attributes: given });
  };
}

/** Operands with their axes in one order: that of images in ONNX, if an input is such a value and the others can be. */
function operands(form: OperatorForm): readonly OnnxValue[] | undefined {
  const { scope, inputs, count } = form;
  const shapes = Array.from({ length: count }, (_, i) => form.shape(i));
  if (shapes.includes(undefined)) return undefined;
  const largest = Math.max(...shapes.map((shape) => shape?.length ?? 0));
  const channelsFirst = inputs.some((x) => x.channelsFirst) && largest === 4 && inputs.every(isImage);
  const values = shapes.map((_, i) => {
    const x = form.input(i);
    if (x) return channelsFirst ? scope.channelsFirst(x) : scope.channelsLast(x);
    const constant = form.constant(i, channelsFirst && form.shape(i)?.length !== 0 ? BESIDE_IMAGES : undefined);
    return constant && { ...constant, channelsFirst };
  });
  return values.every((value) => value !== undefined) ? values : undefined;
}

function isImage({ extents }: { readonly extents: { readonly trials: readonly (readonly number[])[] } }): boolean {
  return extents.trials[0]?.length === 4;
}

function binary(operator: string): WriteOperator {
  return (form) => {
    const values = operands(form);
    return values && form.scope.node(operator, values);
  };
}

const gelu: WriteOperator = ({ scope, attributes, inputs: [x] }) => {
  const approximate = { text: attributes.text("approximate", "none") };
  return scope.opset >= 20 ? scope.node("Gelu", [x], { attributes: { approximate } }) : undefined;
};

const clip: WriteOperator = (form) => {
  const { scope, attributes, inputs } = form;
  const limit = (name: string) =>
    attributes.plain[name] === undefined ? undefined : scope.numbers(attributes.number(name, 0));
  if (form.count === 1) return scope.node("Clip", [inputs[0], limit("min"), limit("max")]);
  const [min, max] = [form.constant(1), form.constant(2)];
  if ((form.has(1) && !min) || (form.has(2) && !max)) return undefined;
  return scope.node("Clip", [inputs[0], min, max]);
};

export const ELEMENTWISE_FORMS: Readonly<Record<string, WriteOperator>> = {
  ...Object.fromEntries(Object.entries(UNARY).map(([name, attributes]) => [name, unary(name, attributes)])),
  ...Object.fromEntries(BINARY.map((name) => [name, binary(name)])),
  Clip: clip,
  Gelu: gelu,
  Mish: ({ scope, inputs: [x] }) => x && scope.node("Mul", [x, scope.node("Tanh", [scope.node("Softplus", [x])])]),
  Square: ({ scope, inputs: [x] }) => scope.node("Mul", [x, x]),
  Swish: ({ scope, attributes, inputs: [x] }) => {
    const scaled = scope.node("Mul", [x, scope.numbers(attributes.number("alpha", 1))]);
    return scope.node("Mul", [x, scope.node("Sigmoid", [scaled])]);
  },
};
