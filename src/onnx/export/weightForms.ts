import { elementsOf, type Shape } from "../../core/shape.js";

/** A weight as a file holds it. */
export interface HostWeight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** How a weight differs in the file from what the layer has. */
export interface WeightForm {
  /** What tells it from other forms of the same weight. */
  readonly key: string;
  make(weight: HostWeight): HostWeight;
}

/** @param permutation axis i of the result is axis `permutation[i]` of the weight */
export function transposed(...permutation: readonly number[]): WeightForm {
  return { key: `transposed ${permutation.join()}`, make: (weight) => permuted(weight, permutation) };
}

/** Another shape, for the result of another form. */
export function reshaped(shape: Shape, form?: WeightForm): WeightForm {
  return {
    key: `${form?.key ?? ""} as ${shape.join()}`,
    make: (weight) => ({ shape, data: (form?.make(weight) ?? weight).data }),
  };
}

/** Rows in another order: row i of the result is row `order[i]` of the weight. Undefined if there is no order. */
export function reordered(order: readonly number[] | undefined): WeightForm | undefined {
  if (!order) return undefined;
  return {
    key: `rows ${order.join()}`,
    make({ shape, data }) {
      const width = elementsOf(shape.slice(1));
      const rows = new Float32Array(data.length);
      for (const [i, row] of order.entries()) rows.set(data.subarray(row * width, (row + 1) * width), i * width);
      return { shape, data: rows };
    },
  };
}

/** Axis i of the result is axis `permutation[i]` of the weight. */
export function permuted({ shape, data }: HostWeight, permutation: readonly number[]): HostWeight {
  const strides = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
  const extents = permutation.map((axis) => shape[axis] ?? 1);
  const steps = permutation.map((axis) => strides[axis] ?? 1);
  const moved = new Float32Array(data.length);
  const index = extents.map(() => 0);
  let from = 0;
  for (let to = 0; to < moved.length; to++) {
    moved[to] = data[from] ?? 0;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const [extent = 1, step = 1] = [extents[axis], steps[axis]];
      const next = (index[axis] ?? 0) + 1;
      from += step;
      if (next < extent) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      from -= extent * step;
    }
  }
  return { shape: extents, data: moved };
}

/** The bits of the nearest IEEE 754 binary16 of each value; of two equally near ones, that whose last bit is 0. */
export function float16Bits(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, nearestFloat16);
}

/** @param word the bits of a float32 */
function nearestFloat16(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fff_ffff;
  // NaN stays NaN. From 65520 on, infinity is nearest.
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  // Below 2⁻¹⁴, a unit is 2⁻²⁴.
  if (magnitude < 0x3880_0000) {
    const value = new Float32Array(Uint32Array.of(magnitude).buffer)[0] ?? 0;
    return sign | halfToEven(value * 2 ** 24);
  }
  const rebased = magnitude - (112 << 23);
  return sign | halfToEven(rebased / 2 ** 13);
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
