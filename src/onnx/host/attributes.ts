import { ShapeError, show } from "../../core/errors.js";
import { ELEMENT_TYPE_NAMES } from "../../io/arrays.js";
import type { Json } from "../../nn/layerTypes.js";
import type { Attribute, HostTensor } from "../format/onnxFile.js";
import { dtypeOf } from "../format/tensors.js";

/** Attributes as values that JSON can hold. Arrays are `{ dtype, shape, data }`. */
export type PlainAttributes = Readonly<Record<string, Json>>;

/** @param attributes without those that no operator of this reader takes */
export function plainAttributes(attributes: ReadonlyMap<string, Attribute>): PlainAttributes {
  const plain: Record<string, Json> = {};
  for (const [name, { type, value }] of attributes) {
    if (type === "other") continue;
    if (type === "tensor") plain[name] = plainTensor(value);
    // A type is its name here.
    else if (name === "to" && type === "int") plain[name] = dtypeOf(value) ?? String(value);
    else plain[name] = type === "ints" || type === "floats" || type === "strings" ? [...value] : value;
  }
  return plain;
}

/** An array as JSON. NaN and infinities are texts. */
export function plainTensor({ dtype, shape, data }: HostTensor): Json {
  return {
    dtype,
    shape: [...shape],
    data: Array.from(data, (value) => (Number.isFinite(value) ? value : String(value))),
  };
}

/** An array from JSON. @throws ShapeError if it is none */
export function tensorOf(value: unknown): HostTensor {
  const { dtype, shape, data } = Object(value);
  const known = ELEMENT_TYPE_NAMES.find((name) => name === dtype);
  if (!known || !Array.isArray(shape) || !Array.isArray(data)) throw new ShapeError(`${show(value)} is no array`);
  const values = data.map(Number);
  const extents = shape.map(Number);
  if (extents.reduce((a, b) => a * b, 1) !== values.length) throw new ShapeError(`${show(value)} is no array`);
  const isDouble = known === "float64" || !known.includes("float");
  return { dtype: known, shape: extents, data: isDouble ? Float64Array.from(values) : Float32Array.from(values) };
}

/** Reads attributes by name. */
export class HostAttributes {
  constructor(readonly plain: PlainAttributes) {}

  number(name: string, fallback: number): number {
    const value = this.plain[name];
    if (value === undefined) return fallback;
    if (typeof value === "number") return value;
    throw new ShapeError(`its ${name} is ${show(value)}, expected a number`);
  }

  text(name: string, fallback: string): string {
    const value = this.plain[name];
    if (value === undefined) return fallback;
    if (typeof value === "string") return value;
    throw new ShapeError(`its ${name} is ${show(value)}, expected a text`);
  }

  list(name: string): readonly number[] | undefined {
    const value = this.plain[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((entry) => typeof entry === "number")) return value;
    throw new ShapeError(`its ${name} is ${show(value)}, expected a list of numbers`);
  }

  tensor(name: string): HostTensor | undefined {
    const value = this.plain[name];
    return value === undefined ? undefined : tensorOf(value);
  }
}
