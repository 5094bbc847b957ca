import { describe, expect, test } from "vitest";
import { OptionError, ShapeError } from "webgpu-cnn";
import { RandomNumbers } from "../../src/core/random.js";
import {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  ones,
  zeros,
} from "../../src/nn/initializers.js";
import { thrownBy, wrong } from "../support/refusals.js";

const drawn = (initializer: Initializer, shape: readonly number[], seed = 1) =>
  initializer(shape, new RandomNumbers(seed));
const varianceOf = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0) / values.length;

/** Shapes of some 100,000 elements, with their fans as Keras's compute_fans gives them. */
const FANS = [
  { shape: [3, 5, 64, 100], fanIn: 960, fanOut: 1500 },
  { shape: [250, 400], fanIn: 250, fanOut: 400 },
  { shape: [100_000], fanIn: 100_000, fanOut: 100_000 },
] as const;

describe.each(FANS)("for $shape", ({ shape, fanIn, fanOut }) => {
  test.each([
    ["glorotUniform", glorotUniform, 2 / (fanIn + fanOut), Math.sqrt(3)],
    ["glorotNormal", glorotNormal, 2 / (fanIn + fanOut), 2 / 0.8796],
    ["heUniform", heUniform, 2 / fanIn, Math.sqrt(3)],
    ["heNormal", heNormal, 2 / fanIn, 2 / 0.8796],
  ] as const)("%s has mean 0, the variance of its fans, and its bounds", (_name, initializer, variance, bound) => {
    const values = drawn(initializer, shape);
    const deviation = Math.sqrt(variance);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    // Five deviations of a mean and of a variance over so many; no distribution here has a kurtosis above 3.
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(values.length));
    expect(Math.abs(varianceOf(values) / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(bound * deviation * (1 + 1e-4));
    // So many come close to it.
    expect(largest).toBeGreaterThan(0.99 * bound * deviation);
  });
});

test("a scalar's fans are 1", () => {
  expect(Math.abs(drawn(glorotUniform, [])[0] ?? Number.NaN)).toBeLessThanOrEqual(Math.sqrt(3));
});

test("the same numbers come of the same seed, others of another", () => {
  for (const initializer of [glorotUniform, glorotNormal, heUniform, heNormal]) {
    expect(drawn(initializer, [7, 9], 3)).toEqual(drawn(initializer, [7, 9], 3));
    expect(drawn(initializer, [7, 9], 3)).not.toEqual(drawn(initializer, [7, 9], 4));
  }
});

test("zeros, ones, constant", () => {
  expect([...drawn(zeros, [2, 2])]).toEqual([0, 0, 0, 0]);
  expect([...drawn(ones, [3])]).toEqual([1, 1, 1]);
  expect([...drawn(constant(0.25), [2])]).toEqual([0.25, 0.25]);
});

test("refuse what is no shape and no number", () => {
  for (const initializer of [glorotUniform, glorotNormal, heUniform, heNormal, zeros, ones, constant(1)]) {
    expect(thrownBy(() => drawn(initializer, [2, 0]))).toBeInstanceOf(ShapeError);
  }
  expect(thrownBy(() => constant(wrong("1")))).toBeInstanceOf(OptionError);
});
