import { OptionError, ShapeError, show } from "../../core/errors.js";
import { checkShape, elementsOf, type Shape } from "../../core/shape.js";
import { type NestedNumbers, type TensorData, valuesOf } from "../../core/values.js";

/** Numbers in the host's memory: a typed array in row-major order, or nested arrays. */
export type DatasetValues = Exclude<TensorData, number>;

/** Numbers of all examples: `examples` times those of one. */
export interface Column {
  readonly examples: number;
  /** Of one example. */
  readonly shape: Shape;
  /** Writes the values of one example. */
  write(example: number, to: Float32Array): void;
}

/** Typed arrays that are read where they are. Copies of them as float32 could be large. */
type Values = Exclude<DatasetValues, NestedNumbers>;

/**
 * A column of inputs. Bytes are scaled to values from 0 to 1.
 *
 * @param given the extents, with the number of examples first. If undefined, nested arrays tell them
 * @throws OptionError, ShapeError
 */
export function inputColumn(operator: string, argument: string, data: unknown, given: unknown): Column {
  const values = arrayOf(operator, argument, data);
  if (given === undefined && !Array.isArray(data)) {
    throw new ShapeError(
      `${operator}: ${argument} is ${show(data)} without a shape, expected its extents too, examples first; give shape beside ${nameIn(argument)}, such as { ${nameIn(argument)}, shape: [60000, 28, 28, 1] }`,
    );
  }
  const shape =
    given === undefined && Array.isArray(data)
      ? nestedShape(operator, argument, data)
      : checkShape(operator, `the shape of ${argument}`, given);
  const [examples, ...example] = shape;
  if (examples === undefined || values.length !== elementsOf(shape)) {
    throw new ShapeError(
      `${operator}: ${argument} has ${values.length} values, expected ${elementsOf(shape)} for the shape [${shape.join(", ")}], examples first`,
    );
  }
  const scale = values instanceof Uint8Array || values instanceof Uint8ClampedArray ? 1 / 255 : 1;
  return columnOf(values, examples, example, scale);
}

/**
 * A column of labels. They are never scaled.
 *
 * @param examples the number of examples
 * @param given the extents of the labels, examples first. If undefined, the labels are flat
 * @throws OptionError, ShapeError
 */
export function labelColumn(
  operator: string,
  argument: string,
  data: unknown,
  examples: number,
  given?: unknown,
): Column {
  const values = arrayOf(operator, argument, data);
  if (values.length === 0 || values.length % examples !== 0) {
    throw new ShapeError(
      `${operator}: ${argument} has ${values.length} values, expected ${examples} class numbers, or ${examples} rows of the same length`,
    );
  }
  const each = values.length / examples;
  if (given === undefined) return columnOf(values, examples, each === 1 ? [] : [each], 1);
  const shape = checkShape(operator, `the shape of ${argument}`, given);
  if (shape[0] !== examples || elementsOf(shape) !== values.length) {
    throw new ShapeError(
      `${operator}: ${argument} has ${values.length} values, expected ${elementsOf(shape)} for the shape [${shape.join(", ")}] of ${examples} examples`,
    );
  }
  return columnOf(values, examples, shape.slice(1), 1);
}

/** One number for each example. @throws OptionError, ShapeError */
export function weightColumn(operator: string, argument: string, data: unknown, examples: number): Float32Array {
  const values = Float32Array.from(arrayOf(operator, argument, data), Number);
  if (values.length !== examples) {
    throw new ShapeError(
      `${operator}: ${argument} has ${values.length} values, expected one for each of ${examples} examples`,
    );
  }
  const wrong = values.findIndex((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
  if (wrong >= 0) {
    throw new OptionError(`${operator}: ${argument}[${wrong}] is ${values[wrong]}, expected a finite number ≥ 0`);
  }
  return values;
}

/** The examples from `first` up to `end`. */
export function rowsOf(column: Column, first: number, end: number): Column {
  return { ...column, examples: end - first, write: (example, to) => column.write(first + example, to) };
}

function columnOf(values: Values, examples: number, shape: Shape, scale: number): Column {
  const size = elementsOf(shape);
  return {
    ...{ examples, shape },
    write(example, to) {
      const first = example * size;
      for (let i = 0; i < size; i++) to[i] = scale * Number(values[first + i]);
    },
  };
}

/** The name of the values in the caller's object. */
function nameIn(argument: string): string {
  return argument.endsWith(".images") ? "images" : "data";
}

function arrayOf(operator: string, argument: string, data: unknown): Values {
  if (isValues(data)) return data;
  if (isNested(data)) return valuesOf(operator, data, undefined, argument).values;
  throw new OptionError(
    `${operator}: ${argument} must be a typed array or nested arrays of numbers, got ${show(data)}`,
  );
}

function nestedShape(operator: string, argument: string, data: NestedNumbers): Shape {
  return valuesOf(operator, data, undefined, argument).shape;
}

function isValues(data: unknown): data is Values {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}

function isNested(data: unknown): data is NestedNumbers {
  return Array.isArray(data);
}
