import fc from "fast-check";
import { expect, test } from "vitest";
import { adagradUpdate, createBackend, OptionError, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { evaluateAll } from "../../support/batchNormalization.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";
import { anyShape } from "../../support/shapeArbitraries.js";

const hyperOf = (...values: number[]) => ({ data: Float32Array.from(values), shape: [values.length] });

/** w, dw and an accumulator that is not negative. Some elements are still zero. */
function operands(shape: readonly number[], seed: number) {
  const [w, dw, accumulator] = [
    randomOperand(shape, seed),
    randomOperand(shape, seed + 1),
    randomOperand(shape, seed + 2),
  ];
  for (const [i, value] of accumulator.data.entries()) {
    accumulator.data[i] = i % 5 > 0 ? value ** 2 : 0;
    if (i % 10 === 0) dw.data[i] = 0;
  }
  return { w, dw, accumulator };
}

describeOnEachBackend("adagradUpdate", (backend) => {
  const step = (
    { w, dw, accumulator }: ReturnType<typeof operands>,
    hyper: oracle.Operand,
    options: oracle.AdagradOptions,
    on = backend(),
  ) =>
    evaluateAll(on, () => ({
      ...adagradUpdate(upload(on, w), upload(on, dw), upload(on, accumulator), upload(on, hyper), options),
    }));

  async function expectStep(
    given: ReturnType<typeof operands>,
    hyper: oracle.Operand,
    options: oracle.AdagradOptions = {},
  ) {
    const got = await step(given, hyper, options);
    const expected = oracle.adagradUpdate(given.w, given.dw, given.accumulator, hyper, options);
    for (const name of ["w", "accumulator"] as const) {
      expectWithinBound(got[name], expected[name], `adagradUpdate ${name}`);
    }
    return got;
  }

  const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });

  test("keeps the numerical promise over random shapes, rates and options", async () => {
    const options = fc.record(
      { epsilon: fc.constantFrom(1e-8, 1e-7, 1e-3), weightDecay: share(0, 0.1), decoupled: fc.boolean() },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        anyShape(),
        options,
        share(1e-5, 1),
        share(1e-3, 1),
        fc.nat(),
        async (shape, options, rate, scale, seed) => {
          await expectStep(operands(shape, seed), hyperOf(rate, scale), options);
        },
      ),
      { numRuns: sampled(80) },
    );
  });

  test("keeps the numerical promise for gradients from far below 1 to far above", async () => {
    for (const exponent of [-60, -40, -20, 20, 40]) {
      const given = operands([501], 7);
      given.dw.data.set(given.dw.data.map((value) => value * 2 ** exponent));
      given.accumulator.data.set(given.accumulator.data.map((value) => value * 4 ** exponent));
      await expectStep(given, hyperOf(0.01, 1));
    }
  });

  // Computed in float64 by the formulas of Keras 3.
  test.each<readonly [start: number, epsilon: number | undefined, readonly (readonly [number, number])[]]>([
    [
      0.1,
      undefined,
      [
        [0.9154846, -1.9046537],
        [0.9544095, -1.9932152],
        [0.8702689, -1.9987419],
      ],
    ],
    [
      0,
      1e-3,
      [
        [0.9001994, -1.90005],
        [0.9448494, -1.9894837],
        [0.8575955, -1.9950646],
      ],
    ],
  ])("agrees with Keras over three steps from %d with epsilon %s", async (start, epsilon, expected) => {
    const shape = [2];
    let w: oracle.Operand & { data: Float32Array } = { data: Float32Array.of(1, -2), shape };
    let accumulator: typeof w = { data: Float32Array.of(start, start), shape };
    for (const [i, gradient] of [
      [0.5, -1],
      [-0.25, 2],
      [1, 0.125],
    ].entries()) {
      const dw = { data: Float32Array.from(gradient), shape };
      const got = await step({ w, dw, accumulator }, hyperOf(0.1, 1), epsilon === undefined ? {} : { epsilon });
      w = { data: got.w, shape };
      accumulator = { data: got.accumulator, shape };
      for (const [j, value] of (expected[i] ?? []).entries()) expect(w.data[j]).toBeCloseTo(value, 5);
    }
  });

  test("a NaN changes only its own element, and every run gives the same bits", async () => {
    for (const size of [5001, 40_000]) {
      const options = { weightDecay: 0.01, decoupled: true };
      const given = operands([size], 1);
      given.dw.data[77] = Number.NaN;
      const first = await expectStep(given, hyperOf(0.1, 0.5), options);
      for (const values of Object.values(first)) expect(values[77]).toBeNaN();
      expect(await step(given, hyperOf(0.1, 0.5), options)).toEqual(first);
    }
  });

  test("agrees with its reference within its declared bound", async () => {
    const checked = await createBackend({ kind: backend().kind, validate: true });
    for (const options of [{}, { weightDecay: 0.1 }, { weightDecay: 0.1, decoupled: true }, { epsilon: 1 }]) {
      await step(operands([333], 3), hyperOf(0.1, 0.5), options, checked);
    }
    await checked.settled();
    checked.destroy();
  });

  const zeros = zerosOn(backend);

  test.each<readonly [message: string, options: unknown]>([
    ["epsilon is NaN, expected a number in [0, Infinity)", { epsilon: Number.NaN }],
    ["weightDecay is -1, expected a number in [0, Infinity)", { weightDecay: -1 }],
    ["decoupled is 1, expected true or false", { decoupled: 1 }],
    ["unknown option epsilom; did you mean epsilon?", { epsilom: 1 }],
  ])("refuses: %s", (message, options) => {
    expectRefusal(backend(), OptionError, `adagradUpdate: ${message}`, () =>
      adagradUpdate(zeros(3), zeros(3), zeros(3), zeros(2), wrong(options)),
    );
  });

  test("refuses shapes that disagree", () => {
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `adagradUpdate: ${message}`, call);
    refuses("accumulator is [1, 3], expected the shape of w [3]", () =>
      adagradUpdate(zeros(3), zeros(3), zeros(1, 3), zeros(2)),
    );
    refuses("hyper is [4], expected [2]: learningRate, gradientScale", () =>
      adagradUpdate(zeros(3), zeros(3), zeros(3), zeros(4)),
    );
  });
});
