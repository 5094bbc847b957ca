import { HostAttributes, tensorOf } from "../../host/attributes.js";
import type { HostProgram } from "../../host/program.js";
import { DATA_TYPE } from "../encode.js";
import type { OnnxValue } from "../form.js";
import type { ExportScope } from "../scope.js";

const PLAIN = { channelsFirst: false };

type Write = (
  scope: ExportScope,
  inputs: readonly (OnnxValue | undefined)[],
  attributes: HostAttributes,
) => OnnxValue | undefined;

const same =
  (operator: string): Write =>
  (scope, inputs) =>
    scope.node(operator, inputs, PLAIN);

const alongAxis =
  (operator: string, fallback: number): Write =>
  (scope, inputs, attributes) =>
    scope.node(operator, inputs, { ...PLAIN, attributes: { axis: { int: attributes.number("axis", fallback) } } });

/** Axes were an attribute in old files. */
const withAxes =
  (operator: string): Write =>
  (scope, [x, axes], attributes) => {
    const list = attributes.list("axes");
    return scope.node(operator, [x, list ? scope.integers(list) : axes], PLAIN);
  };

const cast: Write = (scope, [x], attributes) => {
  const to = attributes.text("to", "");
  const type = to === "float32" ? DATA_TYPE.float : to === "int64" || to === "int32" ? DATA_TYPE.int64 : undefined;
  return type && scope.node("Cast", [x], { ...PLAIN, attributes: { to: { int: type } } });
};

const slice: Write = (scope, [x, ...inputs], attributes) => {
  const lists = ["starts", "ends", "axes"].map((name, i) => {
    const list = attributes.list(name);
    return list ? scope.integers(list) : inputs[i];
  });
  return scope.node("Slice", [x, ...lists, inputs[3]], PLAIN);
};

/** Arithmetic of shapes that ONNX computes with integers as the host does. */
const OPERATORS: Readonly<Record<string, Write>> = {
  ...Object.fromEntries(["Add", "Div", "Identity", "Max", "Min", "Mul", "Sub"].map((name) => [name, same(name)])),
  Cast: cast,
  Concat: alongAxis("Concat", 0),
  Gather: alongAxis("Gather", 0),
  Slice: slice,
  Squeeze: withAxes("Squeeze"),
  Unsqueeze: withAxes("Unsqueeze"),
};

/**
 * Writes host arithmetic as nodes.
 *
 * @param sources give the tensors whose shapes it needs, with the axes of the file
 * @returns undefined if it has an operator that is not known here
 */
export function writeProgram(
  scope: ExportScope,
  program: HostProgram,
  sources: readonly (() => OnnxValue)[],
): OnnxValue | undefined {
  const values: (OnnxValue | undefined)[] = [];
  for (const { constant, shapeOf, op, inputs, attributes } of program) {
    const options = new HostAttributes(Object(attributes ?? {}));
    if (constant !== undefined) values.push(constantOf(scope, constant));
    else if (shapeOf !== undefined) values.push(shape(scope, sources[Number(shapeOf)]?.(), options));
    else {
      const numbers: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
      const given = numbers.map((number) => (number === -1 ? undefined : values[Number(number)]));
      const missing = numbers.some((number) => number !== -1 && !values[Number(number)]);
      values.push(missing ? undefined : OPERATORS[String(op)]?.(scope, given, options));
    }
  }
  return values.at(-1);
}

function shape(scope: ExportScope, x: OnnxValue | undefined, attributes: HostAttributes): OnnxValue | undefined {
  const start = { int: attributes.number("start", 0) };
  const end = attributes.plain["end"] === undefined ? {} : { end: { int: attributes.number("end", 0) } };
  return x && scope.node("Shape", [x], { ...PLAIN, attributes: { start, ...end } });
}

function constantOf(scope: ExportScope, json: unknown): OnnxValue | undefined {
  const { dtype, shape, data } = tensorOf(json);
  if (dtype === "bool") return undefined;
  const values = dtype.includes("float") ? Float32Array.from(data) : BigInt64Array.from(data, BigInt);
  return scope.constant(values, shape);
}
