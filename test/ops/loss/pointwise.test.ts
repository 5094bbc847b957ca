import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyBackward,
  createBackend,
  huber,
  huberBackward,
  meanAbsoluteError,
  meanAbsoluteErrorBackward,
  meanSquaredError,
  meanSquaredErrorBackward,
  mul,
  OptionError,
  reduceSum,
  ShapeError,
  type Tensor,
  type ValidationReport,
  valueAndGradients,
} from "webgpu-cnn";
import type { PointwiseLoss } from "../../../src/ops/loss/pointwise.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { evaluateAll } from "../../support/batchNormalization.js";
import { EXTREME, expectPromised, operand, pairs, SPECIAL, scaled } from "../../support/elementwiseValues.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

type Options = oracle.PointwiseOptions;

interface Case {
  readonly name: string;
  readonly argument: "predictions" | "logits";
  readonly options: Options;
  forward(predictions: Tensor, targets: Tensor, options: Options): Tensor;
  backward(predictions: Tensor, targets: Tensor, dy: Tensor, options: Options): readonly [Tensor, Tensor];
  /** Computed by hand: [prediction, target, loss, dprediction, dtarget]. */
  readonly known: readonly (readonly [number, number, number, number, number])[];
}

const both = ({ dpredictions, dtargets }: { dpredictions: Tensor; dtargets: Tensor }) =>
  [dpredictions, dtargets] as const;
const { log, exp } = Math;

const squared = {
  name: "meanSquaredError",
  argument: "predictions",
  options: {},
  forward: meanSquaredError,
  backward: (...given) => both(meanSquaredErrorBackward(...given)),
  known: [
    [1, 1, 0, 0, 0],
    [2, 4, 4, -4, 4],
    [3, -0.5, 12.25, 7, -7],
  ],
} satisfies Case;

const absolute = {
  name: "meanAbsoluteError",
  argument: "predictions",
  options: {},
  forward: meanAbsoluteError,
  backward: (...given) => both(meanAbsoluteErrorBackward(...given)),
  known: [
    [1, 1, 0, 0, 0],
    [2, 4, 2, -1, 1],
    [3, -0.5, 3.5, 1, -1],
  ],
} satisfies Case;

const huberOfOne = {
  name: "huber",
  argument: "predictions",
  options: {},
  forward: huber,
  backward: (...given) => both(huberBackward(...given)),
  known: [
    [1, 1, 0, 0, 0],
    [0.5, 0, 0.125, 0.5, -0.5],
    [0, 1, 0.5, -1, 1],
    [2, 4, 1.5, -1, 1],
    [3, -0.5, 3, 1, -1],
  ],
} satisfies Case;

const binary = {
  name: "binaryCrossEntropy",
  argument: "logits",
  options: {},
  forward: binaryCrossEntropy,
  backward(...given) {
    const { dlogits, dtargets } = binaryCrossEntropyBackward(...given);
    return [dlogits, dtargets];
  },
  known: [
    [0, 1, log(2), -0.5, 0],
    [0, 0.25, log(2), 0.25, 0],
    [2, 1, log(1 + exp(-2)), -1 / (1 + exp(2)), -2],
    [2, 0, 2 + log(1 + exp(-2)), 1 / (1 + exp(-2)), -2],
    [-3, 0.5, 1.5 + log(1 + exp(-3)), 1 / (1 + exp(3)) - 0.5, 3],
    [20, 1, Math.log1p(exp(-20)), -1 / (1 + exp(20)), -20],
    [-20, 0, Math.log1p(exp(-20)), 1 / (1 + exp(20)), 20],
    [1e4, 0, 1e4, 1, -1e4],
    [1e4, 1, 0, 0, -1e4],
  ],
} satisfies Case;

const CASES: readonly Case[] = [
  squared,
  absolute,
  huberOfOne,
  {
    ...huberOfOne,
    options: { delta: 0.5 },
    known: [
      [0.25, 0, 0.03125, 0.25, -0.25],
      [2, 4, 0.875, -0.5, 0.5],
    ],
  },
  binary,
  {
    ...binary,
    options: { posWeight: 3 },
    known: [
      [0, 1, 3 * log(2), -1.5, 2 * log(2)],
      [0, 0, log(2), 0.5, 2 * log(2)],
      [2, 1, 3 * log(1 + exp(-2)), -3 / (1 + exp(2)), 3 * log(1 + exp(-2)) - log(1 + exp(2))],
      [
        -1,
        0.5,
        1.5 * log(1 + exp(1)) + 0.5 * log(1 + exp(-1)),
        0.5 / (1 + exp(1)) - 1.5 / (1 + exp(-1)),
        3 * log(1 + exp(1)) - log(1 + exp(-1)),
      ],
    ],
  },
];
const named = CASES.map((one) => [`${one.name} ${JSON.stringify(one.options)}`, one] as const);
const REDUCTIONS = [{}, { reduction: "mean" }, { reduction: "sum" }, { reduction: "none" }] as const;
const lossShape = (shape: readonly number[], { reduction }: Options) => (reduction === "none" ? shape : []);

/** Probabilities of this shape. Some are exactly 0 or 1. */
function probabilities(shape: readonly number[], seed: number): oracle.Operand {
  const { data } = randomOperand(shape, seed);
  return { data: data.map((value, i) => (i % 3 === 0 ? Number(value > 0) : Math.abs(value) % 1)), shape };
}

test("the test covers every pointwise loss", () => {
  const modules = import.meta.glob<{ readonly definition?: PointwiseLoss }>("../../../src/ops/loss/*.ts", {
    eager: true,
  });
  const names = Object.values(modules).flatMap(({ definition }) => definition?.name ?? []);
  expect([...new Set(CASES.map(({ name }) => name))].sort()).toEqual(names.sort());
});

describeOnEachBackend("pointwise", (backend) => {
  describe.each(named)("%s", (_title, { name, argument, options, forward, backward, known }) => {
    const lossOf = (predictions: oracle.Operand, targets: oracle.Operand, given: Options) =>
      evaluate(backend(), () => forward(upload(backend(), predictions), upload(backend(), targets), given));
    const gradientsOf = (p: oracle.Operand, t: oracle.Operand, dy: oracle.Operand, given: Options) =>
      evaluateAll(backend(), () => {
        const [dpredictions, dtargets] = backward(
          upload(backend(), p),
          upload(backend(), t),
          upload(backend(), dy),
          given,
        );
        return { dpredictions, dtargets };
      });

    async function expectPromise(p: oracle.Operand, t: oracle.Operand, dy: oracle.Operand, given: Options) {
      expectWithinBound(await lossOf(p, t, given), oracle.pointwiseLoss(name, p, t, given), `${name} loss`);
      const actual = await gradientsOf(p, t, dy, given);
      const expected = oracle.pointwiseLossBackward(name, p, t, dy, given);
      expectWithinBound(actual.dpredictions, expected.dpredictions, `${name}Backward dpredictions`);
      expectWithinBound(actual.dtargets, expected.dtargets, `${name}Backward dtargets`);
    }

    test("gives known values", async () => {
      const column = (index: 0 | 1 | 2 | 3 | 4) => operand(Float32Array.from(known, (row) => row[index]));
      const [p, t, ones] = [column(0), column(1), operand(new Float32Array(known.length).fill(1))];
      const none = { ...options, reduction: "none" } as const;
      const { dpredictions, dtargets } = await gradientsOf(p, t, ones, none);
      for (const [actual, expected] of [
        [await lossOf(p, t, none), column(2)],
        [dpredictions, column(3)],
        [dtargets, column(4)],
      ] as const) {
        for (const [i, value] of expected.data.entries()) {
          expect(Math.abs(oracle.at(actual, i) - value)).toBeLessThanOrEqual(1e-5 * Math.abs(value) + 1e-30);
        }
      }
      const sum = known.reduce((total, [, , loss]) => total + loss, 0);
      expect((await lossOf(p, t, { ...options, reduction: "sum" }))[0]).toBeCloseTo(sum, 1);
      expect((await lossOf(p, t, options))[0]).toBeCloseTo(sum / known.length, 2);
    });

    test("keeps its bound over random shapes, reductions and spreads", async () => {
      const shape = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });
      const reduction = fc.constantFrom(...REDUCTIONS);
      const spread = fc.constantFrom(0.01, 1, 10, 100);
      await fc.assert(
        fc.asyncProperty(shape, reduction, spread, fc.nat(), async (shape, reduction, spread, seed) => {
          const p = { data: scaled(randomOperand(shape, seed).data, spread), shape };
          const t = argument === "logits" ? probabilities(shape, seed + 1) : randomOperand(shape, seed + 1);
          const dy = randomOperand(lossShape(shape, reduction), seed + 2);
          await expectPromise(p, t, dy, { ...options, ...reduction });
        }),
        { numRuns: sampled(40) },
      );
    });

    test("gives the formula's value for zeros, infinities, NaN, ties, small and large numbers", async () => {
      const none = { ...options, reduction: "none" } as const;
      const [p, t] = pairs(argument === "logits" ? SPECIAL : EXTREME);
      const ones = operand(new Float32Array(p.length).fill(1));
      const targets = argument === "logits" ? t.map((value) => Math.min(1, Math.max(0, value))) : t;
      const [predictions, other] = [operand(p), operand(targets)];
      const expected = oracle.pointwiseLossBackward(name, predictions, other, ones, none);
      const actual = await gradientsOf(predictions, other, ones, none);
      for (const [got, { values, magnitude }] of [
        [await lossOf(predictions, other, none), oracle.pointwiseLoss(name, predictions, other, none)],
        [actual.dpredictions, expected.dpredictions],
        [actual.dtargets, expected.dtargets],
      ] as const) {
        const formula = {
          value: (i: number) => oracle.at(values, i),
          magnitude: (i: number) => oracle.at(magnitude, i),
        };
        expectPromised(name, got, p.length, (i) => [i] as const, formula);
      }
      const poisoned = operand(Float32Array.of(1, 0, Number.NaN, 1, 0.5));
      expect([...(await lossOf(poisoned, operand(new Float32Array(5)), options))]).toEqual([Number.NaN]);
    });

    test("agrees with finite differences of the forward", async () => {
      const shape = [3, 4];
      const [p, t] = [randomOperand(shape, 1), probabilities(shape, 2)];
      for (const reduction of REDUCTIONS) {
        const given = { ...options, ...reduction };
        const dy = randomOperand(lossShape(shape, reduction), 3);
        const { dpredictions, dtargets } = await gradientsOf(p, t, dy, given);
        const byPredictions = (data: Float64Array) => oracle.pointwiseLoss(name, { data, shape }, t, given).values;
        const byTargets = (data: Float64Array) => oracle.pointwiseLoss(name, p, { data, shape }, given).values;
        const slopes = oracle.finiteDifference(byPredictions, p.data, dy.data);
        for (const [i, slope] of slopes.entries()) expect(dpredictions[i]).toBeCloseTo(slope, 4);
        const targetSlopes = oracle.finiteDifference(byTargets, t.data, dy.data);
        for (const [i, slope] of targetSlopes.entries()) expect(dtargets[i]).toBeCloseTo(slope, 4);
      }
    });

    test("passes its gradients to valueAndGradients and gives the same bits on every run", async () => {
      const shape = [700, 3];
      const [p, t] = [randomOperand(shape, 1), probabilities(shape, 2)];
      for (const reduction of REDUCTIONS) {
        const given = { ...options, ...reduction };
        const weights = randomOperand(lossShape(shape, reduction), 3);
        const [loss, expected] = [await lossOf(p, t, given), await gradientsOf(p, t, weights, given)];
        const found = await evaluateAll(backend(), () => {
          const [predictions, targets] = [upload(backend(), p), upload(backend(), t)];
          const { gradients } = valueAndGradients(
            () => reduceSum(mul(forward(predictions, targets, given), upload(backend(), weights))),
            { dpredictions: predictions, dtargets: targets },
          );
          return gradients;
        });
        expect(found).toEqual(expected);
        expect(await lossOf(p, t, given)).toEqual(loss);
      }
    });

    test("adds a long sum of one sign with a relative error below (8 + log2 K) · 2⁻²⁴", async () => {
      const size = 200_001;
      // All terms are equal. Their rounding errors have one sign.
      const [p, t] = [operand(new Float32Array(size).fill(0.7)), operand(new Float32Array(size).fill(0.1))];
      const none = { ...options, reduction: "none" } as const;
      const [one = 0] = await lossOf(operand(p.data.slice(0, 1)), operand(t.data.slice(0, 1)), none);
      for (const reduction of ["mean", "sum"] as const) {
        const [actual = 0] = await lossOf(p, t, { ...options, reduction });
        const expected = reduction === "mean" ? one : one * size;
        expect(Math.abs(actual - expected) / expected).toBeLessThan((8 + Math.log2(size)) * 2 ** -24);
      }
    });

    const zeros = zerosOn(backend);

    test("refuses shapes that disagree and unknown options", () => {
      const operator = `${name}Backward`;
      const refuses = (error: typeof ShapeError | typeof OptionError, message: string, call: () => unknown) =>
        expectRefusal(backend(), error, message, call);
      refuses(ShapeError, `${name}: targets is [3, 1], expected the shape of ${argument} [3]`, () =>
        forward(zeros(3), zeros(3, 1), {}),
      );
      refuses(ShapeError, `${operator}: targets is [4], expected the shape of ${argument} [3]`, () =>
        backward(zeros(3), zeros(4), zeros(), {}),
      );
      refuses(ShapeError, `${operator}: dy is [3], expected the forward's output []`, () =>
        backward(zeros(3), zeros(3), zeros(3), {}),
      );
      refuses(ShapeError, `${operator}: dy is [], expected the forward's output [3]`, () =>
        backward(zeros(3), zeros(3), zeros(), { reduction: "none" }),
      );
      refuses(OptionError, `${name}: reduction is "average", expected "mean" or "sum" or "none"`, () =>
        forward(zeros(3), zeros(3), { reduction: wrong("average") }),
      );
      refuses(OptionError, `${name}: unknown option reductions; did you mean reduction?`, () =>
        forward(zeros(3), zeros(3), wrong({ reductions: "sum" })),
      );
    });
  });

  const zeros = zerosOn(backend);

  test.each([0, -1, Number.NaN, 1e-50])("refuses a delta and a posWeight of %d", (number) => {
    const shown = Number.isNaN(number) ? "a finite number in the range of float32" : "a positive number";
    expectRefusal(backend(), OptionError, `huber: delta is ${number}, expected ${shown}`, () =>
      huber(zeros(3), zeros(3), { delta: number }),
    );
    expectRefusal(backend(), OptionError, `binaryCrossEntropy: posWeight is ${number}, expected ${shown}`, () =>
      binaryCrossEntropy(zeros(3), zeros(3), { posWeight: number }),
    );
  });
});

test("pointwise losses pass validation with their bounds", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  for (const { argument, options, forward, backward } of CASES) {
    for (const reduction of REDUCTIONS) {
      for (const values of [SPECIAL, Float32Array.from({ length: 40 }, (_, i) => (i - 20) / 1.7)]) {
        const [p, t] = pairs(values);
        const targets = argument === "logits" ? t.map((value) => Math.min(1, Math.max(0, value))) : t;
        const given = { ...options, ...reduction };
        const [x, y] = [upload(backend, operand(p)), upload(backend, operand(targets))];
        const dy = upload(backend, randomOperand(lossShape([p.length], given), 3));
        for (const tensor of [forward(x, y, given), ...backward(x, y, dy, given)]) await tensor.read();
      }
    }
  }
  await backend.settled();
  expect(Math.max(...reports.map(({ largestShare }) => largestShare))).toBeLessThanOrEqual(1);
  backend.destroy();
});
