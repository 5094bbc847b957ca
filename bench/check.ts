import { excess } from "../src/core/errorBound.js";
import {
  averagePool2d,
  averagePool2dBackward,
  conv2d,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  type Expected,
  maxPool2d,
  maxPool2dBackward,
  type Operand,
  pad2d,
  pad2dBackward,
  sizeOf,
  transpose,
} from "../test/support/float64.js";
import type { Inputs } from "./operands.js";
import { type Part, partOf, placesOf, take } from "./parts.js";
import { outputShape, type Task } from "./tasks.js";

/** The result of comparing an output with the float64 oracle. */
export interface Comparison {
  /** The number of elements that were compared, and of all elements. */
  readonly elements: number;
  readonly of: number;
  readonly largestError: number;
  /** The largest error as a share of the library's bound for that element. */
  readonly ofBound: number;
  /** The largest error as a share of the largest value. */
  readonly ofLargestValue: number;
}

/** Compares outputs of one task with the oracle. The oracle computes once, for all contenders. */
export class Checker {
  readonly #part: Part;
  readonly #expected: Expected;
  /** The positions in `expected` of the elements to compare with. */
  readonly #places: Uint32Array;

  constructor(
    private readonly task: Task,
    inputs: Inputs,
  ) {
    this.#part = partOf(task);
    const operand = (name: string) => {
      const selection = this.#part.inputs[name];
      return selection ? take(inputs.get(name), selection) : inputs.get(name);
    };
    this.#expected = evaluate(this.#part.task, operand);
    this.#places = placesOf(outputShape(this.#part.task), this.#part.within ?? new Map());
  }

  /** @param output the values of the whole output, row-major */
  compare(output: Float32Array): Comparison {
    const shape = outputShape(this.task);
    if (output.length !== sizeOf(shape)) {
      throw new Error(`${this.task.operator} gave ${output.length} values, expected [${shape.join(", ")}]`);
    }
    const actual = take({ data: output, shape }, this.#part.output).data;
    const { values, terms, magnitude, paired } = this.#expected;
    if (actual.length !== this.#places.length)
      throw new Error(`${this.task.operator}: a part that is not what it takes`);
    let [largestError, largestValue, ofBound] = [0, 0, 0];
    for (let i = 0; i < actual.length; i++) {
      const value = actual[i] ?? Number.NaN;
      const place = this.#places[i] ?? 0;
      const expected = values[place] ?? Number.NaN;
      const error = Math.abs(value - expected);
      // A NaN is an infinite error: no task has NaN in its inputs.
      largestError = Math.max(largestError, Number.isNaN(error) ? Infinity : error);
      largestValue = Math.max(largestValue, Math.abs(expected));
      ofBound = Math.max(ofBound, excess(value, expected, { terms: terms[place] ?? 0, paired }, magnitude[place] ?? 0));
    }
    const ofLargestValue = largestError === 0 ? 0 : largestError / largestValue;
    return { elements: actual.length, of: output.length, largestError, ofBound, ofLargestValue };
  }
}

function evaluate(task: Task, input: (name: string) => Operand): Expected {
  switch (task.operator) {
    case "conv2d":
      return conv2d(input("x"), input("w"), task.options);
    case "conv2dBackwardInput":
      return conv2dBackwardInput(input("dy"), input("w"), task.x, task.options);
    case "conv2dBackwardFilter":
      return conv2dBackwardFilter(input("x"), input("dy"), task.w, task.options);
    case "conv2dBackwardBias":
      return conv2dBackwardBias(input("dy"));
    case "maxPool2d":
      return maxPool2d(input("x"), task.options);
    case "maxPool2dBackward":
      return maxPool2dBackward(input("x"), input("dy"), task.options);
    case "averagePool2d":
      return averagePool2d(input("x"), task.options);
    case "averagePool2dBackward":
      return averagePool2dBackward(task.x, input("dy"), task.options);
    case "pad2d":
      return pad2d(input("x"), task.options);
    case "pad2dBackward":
      return pad2dBackward(task.x, input("dy"), task.options);
    case "transpose":
      return transpose(input("x"), task.permutation);
    case "other":
      return task.of.expected(input);
  }
}
