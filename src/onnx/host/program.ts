import { ShapeError, show } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Json } from "../../nn/layerTypes.js";
import type { HostTensor } from "../format/onnxFile.js";
import { HostAttributes, type PlainAttributes, plainTensor, tensorOf } from "./attributes.js";
import { isHostOperator, runHostOperator, shapeOf } from "./operators.js";
import { present } from "./present.js";

/** A value of host arithmetic. Its leaves are constants and the shapes of tensors. */
export type HostValue<Source> =
  | { readonly form: "constant"; readonly tensor: HostTensor }
  | { readonly form: "shape"; readonly of: Source; readonly attributes: PlainAttributes }
  | {
      readonly form: "operation";
      readonly op: string;
      readonly inputs: readonly (HostValue<Source> | undefined)[];
      readonly attributes: PlainAttributes;
    };

/**
 * Programs are lists of steps; the last one gives the result. A step is JSON: `{ constant }`, `{ shapeOf, attributes }`
 * with the number of a tensor, or `{ op, inputs, attributes }` with the numbers of earlier steps, −1 for an input that is
 * left out.
 */
export type HostProgram = readonly { readonly [name: string]: Json }[];

type Step = HostProgram[number];

/** Writes a value as a program. @param numberOf gives the number of a tensor whose shape is needed */
export function programOf<Source>(value: HostValue<Source>, numberOf: (source: Source) => number): HostProgram {
  const numbers = new Map<HostValue<Source>, number>();
  const steps: Step[] = [];
  const visit = (each: HostValue<Source>): number => {
    const known = numbers.get(each);
    if (known !== undefined) return known;
    const number = steps.push(stepOf(each)) - 1;
    numbers.set(each, number);
    return number;
  };
  const stepOf = (each: HostValue<Source>): Step => {
    if (each.form === "constant") return { constant: plainTensor(each.tensor) };
    if (each.form === "shape") return { shapeOf: numberOf(each.of), attributes: each.attributes };
    const inputs = each.inputs.map((input) => (input ? visit(input) : -1));
    return { op: each.op, inputs, attributes: each.attributes };
  };
  visit(value);
  return steps;
}

/**
 * Computes a program.
 *
 * @param shapes of the tensors, by their numbers
 * @throws ShapeError if its arrays do not fit each other, or it is none
 */
export function runProgram(program: unknown, shapes: readonly Shape[]): HostTensor {
  if (!Array.isArray(program) || program.length === 0) throw new ShapeError(`${show(program)} is no host arithmetic`);
  const values: HostTensor[] = [];
  for (const step of program) {
    const { constant, shapeOf: tensor, op, inputs, attributes } = Object(step);
    if (constant !== undefined) values.push(constantIn(constant));
    else if (tensor !== undefined) {
      const shape = shapes[Number(tensor)];
      if (!shape) throw new ShapeError(`host arithmetic needs the shape of tensor ${show(tensor)}, which is not there`);
      values.push(shapeOf({ shape }, new HostAttributes(attributes ?? {})));
    } else {
      if (typeof op !== "string" || !isHostOperator(op) || !Array.isArray(inputs)) {
        throw new ShapeError(`${show(op)} is no operator of host arithmetic`);
      }
      const given = inputs.map((number: unknown) => (number === -1 ? undefined : present(values[Number(number)])));
      values.push(runHostOperator(op, given, new HostAttributes(attributes ?? {})));
    }
  }
  return present(values.at(-1));
}

const constants = new WeakMap<object, HostTensor>();

/** Programs run at each call, so their constants are read once. */
function constantIn(value: object): HostTensor {
  const known = constants.get(value) ?? tensorOf(value);
  constants.set(value, known);
  return known;
}
