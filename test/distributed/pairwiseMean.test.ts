import fc from "fast-check";
import { expect, test } from "vitest";
import { PairwiseMean } from "../../src/distributed/pairwiseMean.js";
import { propertySeed } from "../support/propertySeed.js";

const SIZE = 3;
const vectors = fc.array(
  fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: SIZE, maxLength: SIZE }),
  { minLength: 1, maxLength: 40 },
);
/** The vectors, a share of each, and an order in which they come. */
const sums = vectors.chain((values) =>
  fc.record({
    values: fc.constant(values.map((each) => Float32Array.from(each))),
    examples: fc.array(fc.integer({ min: 1, max: 64 }), { minLength: values.length, maxLength: values.length }),
    order: fc.shuffledSubarray([...values.keys()], { minLength: values.length, maxLength: values.length }),
  }),
);

function meanOf(values: readonly Float32Array[], shares: readonly number[], order: readonly number[]): Float32Array {
  const mean = new PairwiseMean(shares);
  for (const leaf of order) mean.add(leaf, values[leaf] ?? new Float32Array());
  return mean.take();
}

/** The same tree, written as a recursion. */
function reference(values: readonly Float32Array[], shares: readonly number[], from: number, count: number): number[] {
  if (count === 1) return Array.from(values[from] ?? [], (value) => Math.fround((shares[from] ?? 0) * value));
  const left = Math.ceil(count / 2);
  const others = reference(values, shares, from + left, count - left);
  return reference(values, shares, from, left).map((value, i) => Math.fround(value + (others[i] ?? 0)));
}

test("the bits are those of the fixed tree, in whatever order the vectors come", () => {
  fc.assert(
    fc.property(sums, ({ values, examples, order }) => {
      const total = examples.reduce((sum, each) => sum + each, 0);
      const shares = examples.map((each) => each / total);
      const expected = Float32Array.from(reference(values, shares, 0, values.length));
      expect(meanOf(values, shares, [...values.keys()])).toEqual(expected);
      expect(meanOf(values, shares, order)).toEqual(expected);
    }),
    { seed: propertySeed("pairwise mean"), numRuns: 300 },
  );
});

test("the error is at most the documented bound", () => {
  fc.assert(
    fc.property(sums, ({ values, examples, order }) => {
      const total = examples.reduce((sum, each) => sum + each, 0);
      const shares = examples.map((each) => each / total);
      const mean = meanOf(values, shares, order);
      const steps = Math.ceil(Math.log2(values.length)) + 2;
      for (let i = 0; i < SIZE; i++) {
        const terms = values.map((each, leaf) => (shares[leaf] ?? 0) * (each[i] ?? 0));
        const exact = terms.reduce((sum, each) => sum + each, 0);
        const magnitude = terms.reduce((sum, each) => sum + Math.abs(each), 0);
        // Below the normal numbers, each step may add half of the smallest number.
        const bound = steps * 2 ** -24 * magnitude + 2 * values.length * 2 ** -150;
        expect(Math.abs((mean[i] ?? 0) - exact)).toBeLessThanOrEqual(bound);
      }
    }),
    { seed: propertySeed("pairwise mean's bound"), numRuns: 300 },
  );
});

test("one vector is multiplied by its share", () => {
  expect(meanOf([Float32Array.of(1, -2)], [0.5], [0])).toEqual(Float32Array.of(0.5, -1));
});

test("it keeps no memory of the caller", () => {
  const values = Float32Array.of(3);
  const mean = new PairwiseMean([0.5, 0.5]);
  mean.add(0, values);
  values[0] = 100;
  mean.add(1, Float32Array.of(5));
  expect(values[0]).toBe(100);
  expect(mean.take()).toEqual(Float32Array.of(4));
});

test("it tells what is missing", () => {
  const mean = new PairwiseMean([0.25, 0.25, 0.5]);
  mean.add(1, Float32Array.of(1));
  expect(mean.missing).toEqual([0, 2]);
  expect([mean.has(0), mean.has(1), mean.has(3), mean.has(-1)]).toEqual([false, true, false, false]);
  expect(mean.isComplete).toBe(false);
});

test("wrong use is an error", () => {
  expect(() => new PairwiseMean([])).toThrow("a mean of no vectors");
  const mean = new PairwiseMean([0.5, 0.5]);
  expect(() => mean.take()).toThrow("there is no mean: 2 vectors are missing");
  mean.add(0, Float32Array.of(1));
  expect(() => mean.add(0, Float32Array.of(1))).toThrow("vector 0 of 2 is not missing");
  expect(() => mean.add(2, Float32Array.of(1))).toThrow("vector 2 of 2 is not missing");
  expect(() => mean.add(1, Float32Array.of(1, 2))).toThrow("2 values, expected 1");
  mean.add(1, Float32Array.of(1));
  expect(mean.take()).toEqual(Float32Array.of(1));
  expect(() => mean.take()).toThrow("there is no mean: it was taken before");
});
