import type { Backend, Variable } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import type { HostTensor } from "../format/onnxFile.js";
import type { HostAttributes } from "../host/attributes.js";
import { present } from "../host/present.js";
import { type HostProgram, runProgram } from "../host/program.js";

/**
 * Where an operand of a layer comes from: an input of the layer by its number, a weight by its name, a number, or host
 * arithmetic, which is computed at each call. Null if it is left out.
 */
export type OperandSource =
  | { readonly input: number }
  | { readonly weight: string }
  | { readonly number: number }
  | { readonly program: HostProgram }
  | null;

/**
 * An input whose shape host arithmetic needs. Axis i of the shape that it sees is the axis of the input at position i of
 * `order`, turned around: the input's axis j is axis `order[j]` of that shape.
 */
export interface ShapeSource {
  /** The number of the input, from 0. */
  readonly input: number;
  /** For each axis of the input, its axis in the ONNX file. */
  readonly order: readonly number[];
}

/** The operands of one call. */
export class Operands {
  readonly #shapes: readonly Shape[];

  constructor(
    readonly backend: Backend,
    readonly attributes: HostAttributes,
    private readonly sources: readonly OperandSource[],
    private readonly inputs: readonly Tensor[],
    private readonly weights: ReadonlyMap<string, Variable>,
    shapes: readonly ShapeSource[],
  ) {
    this.#shapes = shapes.map(({ input, order }) => logicalShape(present(inputs[input]).shape, order));
  }

  get count(): number {
    return this.sources.length;
  }

  has(i: number): boolean {
    return this.sources[i] !== undefined && this.sources[i] !== null;
  }

  /** An operand on the device. @throws ShapeError if it is left out */
  tensor(i: number): Tensor {
    const found = this.optional(i);
    if (found) return found;
    throw new ShapeError(`its operand ${i} is left out`);
  }

  optional(i: number): Tensor | undefined {
    const source = this.sources[i];
    if (!source) return undefined;
    if ("input" in source) return present(this.inputs[source.input]);
    if ("weight" in source) return present(this.weights.get(source.weight)).value;
    if ("number" in source) return this.backend.full([], source.number);
    const { data, shape } = runProgram(source.program, this.#shapes);
    return this.backend.tensor(Float32Array.from(data), shape);
  }

  /** An operand of host arithmetic. @throws ShapeError if it is on the device */
  host(i: number): HostTensor {
    const source = this.sources[i];
    if (source && "program" in source) return runProgram(source.program, this.#shapes);
    throw new ShapeError(`its operand ${i} is no host arithmetic`);
  }

  /** The values of an operand of host arithmetic. Undefined if it is left out. */
  list(i: number): readonly number[] | undefined {
    return this.has(i) ? [...this.host(i).data] : undefined;
  }
}

/** A shape with its axes in the order of the ONNX file. @param order the stored axis j is axis `order[j]` of the file */
export function logicalShape(shape: Shape, order: readonly number[]): Shape {
  return shape.map((_, axis) => present(shape[order.indexOf(axis)]));
}
