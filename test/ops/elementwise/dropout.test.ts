import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBackend, type DropoutOptions, dropout, OptionError, ShapeError } from "webgpu-cnn";
import { randomFour } from "../../../src/core/random.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const shape = fc
  .array(fc.integer({ min: 1, max: 7 }), { maxLength: 6 })
  .filter((extents) => oracle.sizeOf(extents) <= 4096);
const options = fc.record(
  {
    rate: fc.oneof(fc.constantFrom(0, 0.25, 0.5, 0.999), fc.double({ min: 0, max: 0.99, noNaN: true })),
    seed: fc.maxSafeNat(),
    step: fc.integer({ min: 0, max: 2 ** 24 }),
    replica: fc.integer({ min: 0, max: 2047 }),
  },
  { requiredKeys: ["rate", "seed"] },
);

describeOnEachBackend("dropout", (backend) => {
  const drop = (x: oracle.Operand, options: DropoutOptions) =>
    evaluate(backend(), () => dropout(upload(backend(), x), options));

  test("drops by the bits of each element's place and keeps the numerical promise", async () => {
    await fc.assert(
      fc.asyncProperty(shape, options, fc.integer(), async (shape, options, seed) => {
        const x = randomOperand(shape, seed);
        expectWithinBound(await drop(x, options), oracle.dropout(x, options), "dropout y");
      }),
      { numRuns: sampled(100) },
    );
  });

  test("gives the same values for a step in a tensor and as a number", async () => {
    const x = randomOperand([50, 7], 1);
    for (const step of [0, 1, 12_345, 2 ** 24]) {
      const options = { rate: 0.3, seed: 8, step };
      const fromTensor = await drop(x, { ...options, step: backend().full([], step) });
      expect(fromTensor).toEqual(await drop(x, options));
      expectWithinBound(fromTensor, oracle.dropout(x, options), "dropout y");
    }
    expect(await drop(x, { rate: 0.3, seed: 8 })).toEqual(await drop(x, { rate: 0.3, seed: 8, step: 0 }));
  });

  test("gives the same values for a replica in a tensor and as a number, and others for each replica", async () => {
    const x = { data: new Float32Array(350).fill(1), shape: [50, 7] };
    const masks = [];
    for (const replica of [0, 1, 2, 1024, 2047]) {
      const options = { rate: 0.3, seed: 2 ** 53 - 1, step: 4, replica };
      const fromTensor = await drop(x, { ...options, replica: backend().full([], replica) });
      expect(fromTensor).toEqual(await drop(x, options));
      expectWithinBound(fromTensor, oracle.dropout(x, options), "dropout y");
      masks.push(fromTensor.join());
    }
    expect(new Set(masks).size).toBe(masks.length);
    expect(await drop(x, { rate: 0.3, seed: 8 })).toEqual(await drop(x, { rate: 0.3, seed: 8, replica: 0 }));
  });

  test("rate 0 is the identity, also for NaN and infinities", async () => {
    const x = randomOperand([33], 1);
    x.data.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(await drop(x, { rate: 0, seed: 1 })).toEqual(x.data);
  });

  test("a dropped NaN becomes 0, and a kept NaN stays", async () => {
    const nans = await drop({ data: new Float32Array(1000).fill(Number.NaN), shape: [1000] }, { rate: 0.5, seed: 7 });
    const ones = await drop({ data: new Float32Array(1000).fill(1), shape: [1000] }, { rate: 0.5, seed: 7 });
    expect([...nans]).toEqual([...ones].map((one) => (one === 0 ? 0 : Number.NaN)));
    expect(new Set(ones)).toEqual(new Set([0, 2]));
  });

  test("computes a vector longer than a row of workgroups", async () => {
    const x = randomOperand([300_001], 1);
    expectWithinBound(await drop(x, { rate: 0.5, seed: 3 }), oracle.dropout(x, { rate: 0.5, seed: 3 }), "dropout y");
  });

  const zeros = zerosOn(backend);

  test.each<readonly [message: string, options: unknown]>([
    ["rate is required: expected a number in [0, 1)", { seed: 1 }],
    ["rate is 1, expected a number in [0, 1)", { rate: 1, seed: 1 }],
    ["rate is -0.1, expected a number in [0, 1)", { rate: -0.1, seed: 1 }],
    ["rate is NaN, expected a number in [0, 1)", { rate: Number.NaN, seed: 1 }],
    ["seed is required: expected an integer ≥ 0", { rate: 0.5 }],
    ["seed is 9007199254740992, expected an integer ≥ 0", { rate: 0.5, seed: 2 ** 53 }],
    ["step is 1.5, expected an integer ≥ 0", { rate: 0.5, seed: 1, step: 1.5 }],
    [
      "step is 16777217, expected at most 2²⁴ = 16777216, as float32 counts no further",
      { rate: 0.5, seed: 1, step: 2 ** 24 + 1 },
    ],
    ["replica is -1, expected an integer ≥ 0", { rate: 0.5, seed: 1, replica: -1 }],
    ["replica is 0.5, expected an integer ≥ 0", { rate: 0.5, seed: 1, replica: 0.5 }],
    ["replica is 2048, expected at most 2047", { rate: 0.5, seed: 1, replica: 2048 }],
    ["unknown option ratio; did you mean rate?", { ratio: 0.5 }],
  ])("refuses: %s", (message, options) => {
    expectRefusal(backend(), OptionError, `dropout: ${message}`, () => dropout(zeros(3), wrong(options)));
  });

  test("refuses a step or a replica of several elements", () => {
    expectRefusal(backend(), ShapeError, "dropout: step is [2], expected one element", () =>
      dropout(zeros(3), { rate: 0.5, seed: 1, step: zeros(2) }),
    );
    expectRefusal(backend(), ShapeError, "dropout: replica is [2], expected one element", () =>
      dropout(zeros(3), { rate: 0.5, seed: 1, replica: zeros(2) }),
    );
  });
});

test("dropout gives the same bits on both backends", async () => {
  const [gpu, cpu] = [await createBackend({ kind: "webgpu" }), await createBackend({ kind: "cpu" })];
  for (const [shape, rate, seed, step, replica] of [
    [[64, 120], 0.3, 1, 0, 0],
    [[5, 7, 3], 0.77, 2 ** 40 + 5, 12, 1],
    [[4097], 0.1, 2 ** 53 - 1, 2 ** 24, 2047],
  ] as const) {
    const x = randomOperand(shape, seed);
    const on = (backend: typeof gpu) =>
      evaluate(backend, () => dropout(upload(backend, x), { rate, seed, step, replica }));
    expect(await on(gpu)).toEqual(await on(cpu));
  }
  gpu.destroy();
  cpu.destroy();
});

describe("masks", () => {
  // The same on every run, and within five standard deviations of independent bits.
  const COUNT = 100_000;
  const RATE = 0.4;
  const mask = (seed: number, step: number, replica = 0) =>
    Float64Array.from({ length: COUNT }, (_, i) =>
      (randomFour(seed, step, Math.floor(i / 4), replica)[i % 4] ?? 0) >= RATE * 2 ** 32 ? 1 : 0,
    );
  const correlation = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, value, i) => sum + (value - (1 - RATE)) * ((b[i] ?? 0) - (1 - RATE)), 0) /
    (a.length * RATE * (1 - RATE));
  const uncorrelated = (a: Float64Array, b: Float64Array) =>
    expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(a.length));

  test.each([0, 1, 2 ** 32, 2 ** 53 - 1])(
    "of seed %d have the right rate and are independent of steps, seeds, replicas and places",
    (seed) => {
      const own = mask(seed, 0);
      const kept = own.reduce((sum, value) => sum + value, 0) / COUNT;
      expect(Math.abs(kept - (1 - RATE))).toBeLessThan(5 * Math.sqrt((RATE * (1 - RATE)) / COUNT));
      for (const step of [1, 2, 3, 1000, 2 ** 24]) uncorrelated(own, mask(seed, step));
      for (const replica of [1, 2, 1024, 2047]) uncorrelated(own, mask(seed, 0, replica));
      for (const other of [7, 8, 2 ** 33, 2 ** 52]) uncorrelated(own, mask(other, 0));
      for (const distance of [1, 2, 3, 4, 5, 8, 28, 64, 784, 1024]) {
        uncorrelated(own.slice(distance), own.slice(0, -distance));
      }
    },
  );

  test("drop each place equally often over many steps", () => {
    const STEPS = 2000;
    const kept = new Float64Array(64);
    for (let step = 0; step < STEPS; step++) {
      for (let i = 0; i < kept.length; i++) {
        const bits = randomFour(11, step, Math.floor(i / 4))[i % 4] ?? 0;
        if (bits >= RATE * 2 ** 32) kept[i] = (kept[i] ?? 0) + 1;
      }
    }
    const variance = RATE * (1 - RATE) * STEPS;
    const chiSquare = kept.reduce((sum, count) => sum + (count - (1 - RATE) * STEPS) ** 2 / variance, 0);
    // 64 degrees of freedom: mean 64, deviation √128.
    expect(Math.abs(chiSquare - 64)).toBeLessThan(5 * Math.sqrt(128));
  });
});
