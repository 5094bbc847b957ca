import { OptionError, ShapeError, show } from "./errors.js";
import { checkShape, elementsOf, type Shape } from "./shape.js";

/** Numbers nested to any depth, such as `[[1, 2], [3, 4]]`. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** Values that a tensor can be made from. They are rounded to float32. */
export type TensorData =
  | number
  | NestedNumbers
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Converts a caller's data to float32 values and a shape.
 *
 * @param argument the caller's name for the data
 * @throws OptionError if an entry is not a number
 * @throws ShapeError if nested arrays are ragged, or the length does not fit the shape
 */
export function valuesOf(
  operator: string,
  data: TensorData,
  shape: Shape | undefined,
  argument = "data",
): { values: Float32Array; shape: Shape } {
  const given = shape === undefined ? undefined : checkShape(operator, "shape", shape);
  const found = flatten(operator, argument, data);
  const extents = given ?? checkShape(operator, argument, found.shape);
  // The shape of nested data must equal the given one. A flat list takes the given shape.
  const agrees =
    elementsOf(extents) === found.values.length && (found.shape.length < 2 || extents.join() === found.shape.join());
  if (!agrees) {
    throw new ShapeError(
      `${operator}: ${argument} has ${found.values.length} values (as [${found.shape.join(", ")}]), expected ${elementsOf(extents)} for shape [${extents.join(", ")}]`,
    );
  }
  return { values: found.values, shape: extents };
}

/** The deepest nesting. The limit also stops at arrays that contain themselves. */
const DEEPEST = 32;

function flatten(operator: string, argument: string, data: unknown): { values: Float32Array; shape: number[] } {
  if (typeof data === "number") return { values: Float32Array.of(data), shape: [] };
  // Shared memory is copied, as all other data: WebGPU's queue does not accept it, and its values may change.
  const isPrivate = data instanceof Float32Array && data.buffer instanceof ArrayBuffer;
  if (isPrivate) return { values: data, shape: [data.length] };
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return { values: Float32Array.from(data, Number), shape: [data.length] };
  }
  if (isNumericArray(data)) return { values: Float32Array.from(data), shape: [data.length] };
  if (!Array.isArray(data)) {
    throw new OptionError(
      `${operator}: ${argument} must be numbers, nested arrays or a typed array, got ${show(data)}`,
    );
  }
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > DEEPEST)
      throw new ShapeError(`${operator}: ${argument} is ragged: it is nested deeper than ${DEEPEST} levels`);
  }
  const values: number[] = [];
  const visit = (level: unknown, depth: number): void => {
    if (!Array.isArray(level) || level.length !== shape[depth]) {
      throw new ShapeError(
        `${operator}: ${argument} is ragged: at depth ${depth} expected ${shape[depth]} entries, got ${show(level)}`,
      );
    }
    for (const entry of level) {
      if (depth + 1 < shape.length) visit(entry, depth + 1);
      else if (typeof entry === "number") values.push(entry);
      else if (Array.isArray(entry))
        throw new ShapeError(`${operator}: ${argument} is ragged: got ${show(entry)} among numbers`);
      else if (ArrayBuffer.isView(entry))
        throw new OptionError(
          `${operator}: ${argument} is a list that has ${show(entry)}, expected numbers, nested arrays or one typed array; join the typed arrays into one, and give its shape`,
        );
      else throw new OptionError(`${operator}: ${argument} must be numbers, got ${show(entry)}`);
    }
  };
  visit(data, 0);
  return { values: Float32Array.from(values), shape };
}

function isNumericArray(
  data: unknown,
): data is Exclude<TensorData, number | NestedNumbers | BigInt64Array | BigUint64Array> {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}
