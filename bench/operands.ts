import { type Operand, sizeOf } from "../test/support/float64.js";
import { randomOrder, randomValues } from "../test/support/random.js";
import { inputShapes, type Task } from "./tasks.js";

/** A tensor on the host. The oracle reads it, and a backend takes its two fields. */
export type HostTensor = Operand & { readonly data: Float32Array };

/** The inputs of a task, by the names of the library's arguments. */
export class Inputs {
  constructor(private readonly operands: ReadonlyMap<string, HostTensor>) {}

  /** @throws if the task has no input of this name: a fault of the bench */
  get(name: string): HostTensor {
    const operand = this.operands.get(name);
    if (!operand) throw new Error(`no input ${name}, only ${[...this.operands.keys()].join(", ")}`);
    return operand;
  }

  map<Value>(map: (operand: HostTensor, name: string) => Value): ReadonlyMap<string, Value> {
    return new Map(Array.from(this.operands, ([name, operand]) => [name, map(operand, name)] as const));
  }
}

/** The same values in every run and for every contender. */
export function makeInputs(task: Task): Inputs {
  const shapes = Object.entries(inputShapes(task));
  return new Inputs(
    new Map(shapes.map(([name, shape], i) => [name, { shape, data: valuesFor(task, name, sizeOf(shape), i + 1) }])),
  );
}

function valuesFor(task: Task, name: string, size: number, seed: number): Float32Array {
  const { operator } = task;
  if (operator === "other" && name === "indices") {
    const { classes = 1 } = task.of;
    return randomValues(size, seed).map((value) => Math.floor(((value + 1) / 2) * (classes - 1)));
  }
  // Without ties, because peers give the gradient of a tie to different elements.
  const isPooled = operator === "maxPool2d" || operator === "maxPool2dBackward";
  const make = isPooled && name === "x" ? randomOrder : randomValues;
  return size <= MOST_MADE ? make(size, seed) : repeated(make(PERIOD, seed), size);
}

/** The number of generated values. A larger tensor repeats them. */
const MOST_MADE = 2 ** 21;
/** A prime, so that no stride of a tensor repeats values, and larger than a window. */
const PERIOD = 1_048_573;

function repeated(values: Float32Array, size: number): Float32Array {
  const all = new Float32Array(size);
  for (let from = 0; from < size; from += values.length) all.set(values.subarray(0, size - from), from);
  return all;
}
