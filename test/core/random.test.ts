import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pcg4d, RandomNumbers, randomFour } from "../../src/core/random.js";
import * as oracle from "../support/float64/random.js";

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("pcg4d", () => {
  test("agrees with the paper's code in integers of any size", () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (counter) => {
        expect(pcg4d(...counter)).toEqual(oracle.pcg4d(counter));
      }),
    );
  });

  test("gives known values", () => {
    expect(pcg4d(0, 0, 0, 0)).toEqual([251852841, 760645481, 850445371, 3542436074]);
    expect(pcg4d(1, 2, 3, 4)).toEqual([908250390, 4044648920, 3775961919, 45698095]);
    expect(pcg4d(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toEqual([
      2538526866, 3222658151, 2677364576, 2713428488,
    ]);
  });

  test("uses all 53 bits of a seed", () => {
    const seed = Number.MAX_SAFE_INTEGER - 6;
    const bits = [0, 1, 2, 3].map((lane) => oracle.randomBits(seed, 9, 4 * 77 + lane));
    expect(randomFour(seed, 9, 77)).toEqual(bits);
  });
});

describe("RandomNumbers", () => {
  const draw = (count: number, next: () => number) => Float64Array.from({ length: count }, next);
  const meanOf = (values: Float64Array, power = 1) =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;

  test("repeat for the same seed and stream, and for no other", () => {
    const bits = (seed: number, stream?: number) => {
      const numbers = new RandomNumbers(seed, stream);
      return draw(1000, () => numbers.bits());
    };
    expect(bits(5)).toEqual(bits(5, 0));
    for (const other of [bits(6), bits(5, 1), bits(5 + 2 ** 32)]) {
      const same = other.filter((value, i) => value === bits(5)[i]);
      expect(same.length).toBe(0);
    }
  });

  test("depend only on seed, stream and place", () => {
    const numbers = new RandomNumbers(1234, 3);
    for (let i = 0; i < 10; i++) expect(numbers.bits()).toBe(oracle.randomBits(1234, 3, i));
  });

  // The numbers below are the same on every run. Five standard deviations are a measure of their quality: a run cannot fail by chance.
  const COUNT = 200_000;

  test("uniform gives float32 values in [0, 1) with the right moments", () => {
    const numbers = new RandomNumbers(1);
    const values = draw(COUNT, () => numbers.uniform());
    expect(values.every((value) => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true);
    expect(Math.abs(meanOf(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / COUNT));
    expect(Math.abs(meanOf(values, 2) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / COUNT));
  });

  test("integer gives every integer equally often", () => {
    const numbers = new RandomNumbers(2);
    const counts = new Float64Array(10);
    for (let i = 0; i < COUNT; i++) {
      const drawn = numbers.integer(10);
      counts[drawn] = (counts[drawn] ?? Number.NaN) + 1;
    }
    const expected = COUNT / 10;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 9 degrees of freedom: a value above 40 has a probability below 10⁻⁵.
    expect(chiSquare).toBeLessThan(40);
  });

  test("normal has the right first four moments and tails", () => {
    const numbers = new RandomNumbers(3);
    const values = draw(COUNT, () => numbers.normal());
    const deviation = (variance: number) => 5 * Math.sqrt(variance / COUNT);
    expect(Math.abs(meanOf(values))).toBeLessThan(deviation(1));
    expect(Math.abs(meanOf(values, 2) - 1)).toBeLessThan(deviation(2));
    expect(Math.abs(meanOf(values, 3))).toBeLessThan(deviation(15));
    expect(Math.abs(meanOf(values, 4) - 3)).toBeLessThan(deviation(96));
    const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / COUNT;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(deviation(0.0455 * 0.9545));
    // Neighbours share a pair of the polar method. They must not be correlated.
    const products = values.subarray(1).map((value, i) => value * (values[i] ?? 0));
    expect(Math.abs(meanOf(products))).toBeLessThan(deviation(1));
  });

  test("normal gives known values to the last bit", () => {
    const numbers = new RandomNumbers(42);
    expect([...draw(4, () => numbers.normal())]).toEqual([
      -0.5758647455561018, 1.327953128466709, 1.6502743539284408, -0.4538556236786731,
    ]);
  });
});
