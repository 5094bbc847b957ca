import { existing, sum } from "../core/objects.js";
import { partsOf } from "./vector.js";

/** A part of a vector. */
export interface LayoutEntry {
  readonly name: string;
  /** The number of its values. */
  readonly size: number;
}

/** The parts of a vector, in order, such as a gradient for each weight. */
export class Layout {
  readonly sizes: readonly number[];
  /** The number of values of the vector. */
  readonly length: number;

  constructor(readonly entries: readonly LayoutEntry[]) {
    this.sizes = entries.map(({ size }) => size);
    this.length = sum(this.sizes);
    if (new Set(entries.map(({ name }) => name)).size < entries.length) throw new Error("two parts with one name");
  }

  /** The values of each part, in order. They are not copied. */
  parts(values: ReadonlyMap<string, Float32Array>): readonly Float32Array[] {
    return this.entries.map(({ name, size }) => {
      const part = existing(values.get(name));
      if (part.length !== size) throw new Error(`${name} has ${part.length} values, expected ${size}`);
      return part;
    });
  }

  /** One vector of all parts. */
  join(values: ReadonlyMap<string, Float32Array>): Float32Array<ArrayBuffer> {
    const vector = new Float32Array(this.length);
    let start = 0;
    for (const part of this.parts(values)) {
      vector.set(part, start);
      start += part.length;
    }
    return vector;
  }

  /** The parts by name, as views of the vector's memory. */
  split(vector: Float32Array): ReadonlyMap<string, Float32Array> {
    if (vector.length !== this.length) throw new Error(`${vector.length} values, expected ${this.length}`);
    const parts = partsOf(vector, this.sizes);
    return new Map(this.entries.map(({ name }, i) => [name, existing(parts[i])]));
  }
}
