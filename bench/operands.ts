import { type Operand, sizeOf } from "../test/support/float64.js";
import { randomOrder, randomValues } from "../test/support/random.js";
import { inputShapes, type Task } from "./tasks.js";

/** A tensor on the host: what the oracle reads, and by its two fields what a backend takes. */
export type HostTensor = Operand & { readonly data: Float32Array };

/** A task's inputs, by the names of the library's arguments. */
export class Inputs {
  constructor(private readonly operands: ReadonlyMap<string, HostTensor>) {}

  /** @throws for a name that the task has no input of: a slip in the bench */
  get(name: string): HostTensor {
    const operand = this.operands.get(name);
    if (!operand) throw new Error(`no input ${name}, only ${[...this.operands.keys()].join(", ")}`);
    return operand;
  }

  map<Value>(map: (operand: HostTensor, name: string) => Value): ReadonlyMap<string, Value> {
    return new Map(Array.from(this.operands, ([name, operand]) => [name, map(operand, name)] as const));
  }
}

/** The same values in every run, and for every contender. */
export function makeInputs(task: Task): Inputs {
  const shapes = Object.entries(inputShapes(task));
  return new Inputs(
    new Map(shapes.map(([name, shape], i) => [name, { shape, data: valuesFor(task, name, sizeOf(shape), i + 1) }])),
  );
}

function valuesFor({ operator }: Task, name: string, size: number, seed: number): Float32Array {
  // Without ties, since peers differ in which of two maxima takes the gradient.
  const isPooled = operator === "maxPool2d" || operator === "maxPool2dBackward";
  const make = isPooled && name === "x" ? randomOrder : randomValues;
  return size <= MOST_MADE ? make(size, seed) : repeated(make(PERIOD, seed), size);
}

/** Values that are made one by one; of a larger tensor the first so many, again and again. */
const MOST_MADE = 2 ** 21;
/** A prime, so that no stride of a tensor meets the same values again, and more than a window spans. */
const PERIOD = 1_048_573;

function repeated(values: Float32Array, size: number): Float32Array {
  const all = new Float32Array(size);
  for (let from = 0; from < size; from += values.length) all.set(values.subarray(0, size - from), from);
  return all;
}
