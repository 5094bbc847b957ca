import type { Batch } from "webgpu-cnn/io";
import { RandomNumbers } from "../../src/core/random.js";

export function firstBatches(all: Iterable<Batch>, count: number): Batch[] {
  const first: Batch[] = [];
  for (const batch of all) {
    first.push(batch);
    if (first.length === count) break;
  }
  return first;
}

export function randomBatches(size: number, count: number): Batch[] {
  const random = new RandomNumbers(1);
  const shape = [size, 32, 32, 3];
  return Array.from({ length: count }, (_, index) => ({
    index,
    size,
    shape,
    x: Float32Array.from({ length: size * 32 * 32 * 3 }, () => random.normal()),
    labels: Float32Array.from({ length: size }, () => random.integer(10)),
  }));
}
