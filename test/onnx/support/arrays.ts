import { existing } from "../../../src/core/objects.js";
import { elementsOf } from "../../../src/core/shape.js";

/** An array in the host's memory. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Images with the channels first, of images with the channels last. Other tensors as they are. */
export function channelsFirst(x: HostTensor): HostTensor {
  return x.shape.length === 4 ? permuted(x, [0, 3, 1, 2]) : x;
}

/** The same the other way round. */
export function channelsLast(x: HostTensor): HostTensor {
  return x.shape.length === 4 ? permuted(x, [0, 2, 3, 1]) : x;
}

function permuted({ shape, data }: HostTensor, permutation: readonly number[]): HostTensor {
  const extents = permutation.map((axis) => existing(shape[axis]));
  const steps = permutation.map((axis) => elementsOf(shape.slice(axis + 1)));
  const moved = data.map((_, place) => {
    let [rest, from] = [place, 0];
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const extent = existing(extents[axis]);
      from += (rest % extent) * existing(steps[axis]);
      rest = Math.floor(rest / extent);
    }
    return existing(data[from]);
  });
  return { shape: extents, data: moved };
}

/** The largest difference between two arrays, as a share of the largest value of the expected one. */
export function largestDifference(actual: HostTensor, expected: HostTensor): number {
  if (actual.shape.join() !== expected.shape.join()) {
    throw new Error(`got [${actual.shape.join(", ")}], expected [${expected.shape.join(", ")}]`);
  }
  let [difference, largest] = [0, 0];
  for (const [i, value] of expected.data.entries()) {
    // A NaN on one side only counts as infinite.
    const distance = Object.is(actual.data[i], value) ? 0 : Math.abs(existing(actual.data[i]) - value);
    difference = Math.max(difference, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
    largest = Math.max(largest, Math.abs(value));
  }
  return difference === 0 ? 0 : difference / largest;
}
