import fc from "fast-check";
import { expect, test } from "vitest";
import { adamUpdate, createBackend, OptionError, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";
import { anyShape } from "../../support/shapeArbitraries.js";

const hyperOf = (...values: number[]) => ({ data: Float32Array.from(values), shape: [values.length] });

/** w, dw, m and v. Some elements have no gradient and no moments yet. */
function operands(shape: readonly number[], seed: number) {
  const [w, dw, m, v] = [0, 1, 2, 3].map((part) => randomOperand(shape, seed + part));
  if (!w || !dw || !m || !v) throw new Error("four parts give four operands");
  for (const [i, value] of v.data.entries()) {
    v.data[i] = value ** 2;
    if (i % 5 > 0) continue;
    v.data[i] = 0;
    m.data[i] = 0;
    if (i % 10 === 0) dw.data[i] = 0;
  }
  return { w, dw, m, v };
}

describeOnEachBackend("adamUpdate", (backend) => {
  async function step(
    { w, dw, m, v }: ReturnType<typeof operands>,
    hyper: oracle.Operand,
    options: oracle.AdamOptions,
    on = backend(),
  ) {
    const up = (operand: oracle.Operand) => upload(on, operand);
    const made = on.tidy(() => adamUpdate(up(w), up(dw), up(m), up(v), up(hyper), options));
    const read = { w: await made.w.read(), m: await made.m.read(), v: await made.v.read() };
    for (const tensor of Object.values(made)) tensor.dispose();
    return read;
  }

  function expectStep(
    got: Record<"w" | "m" | "v", Float32Array>,
    { w, dw, m, v }: ReturnType<typeof operands>,
    hyper: oracle.Operand,
    options: oracle.AdamOptions,
  ) {
    const expected = oracle.adamUpdate(w, dw, m, v, hyper, options);
    for (const name of ["w", "m", "v"] as const) expectWithinBound(got[name], expected[name], `adamUpdate ${name}`);
  }

  const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });

  test("keeps the numerical promise over random shapes, steps and options", async () => {
    const options = fc.record(
      {
        beta1: share(0, 0.99),
        beta2: share(0, 0.9999),
        epsilon: fc.constantFrom(1e-8, 1e-7, 1e-3),
        weightDecay: share(0, 0.1),
        decoupled: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        anyShape(),
        options,
        share(1e-5, 1),
        share(1e-3, 1),
        fc.integer({ min: 1, max: 10_000 }),
        fc.nat(),
        async (shape, options, rate, scale, t, seed) => {
          const { beta1 = 0.9, beta2 = 0.999 } = options;
          const hyper = hyperOf(rate, scale, 1 - beta1 ** t, 1 - beta2 ** t);
          const given = operands(shape, seed);
          expectStep(await step(given, hyper, options), given, hyper, options);
        },
      ),
      { numRuns: sampled(100) },
    );
  });

  test("keeps the numerical promise for gradients from far below 1 to far above", async () => {
    for (const exponent of [-60, -40, -20, 20, 40]) {
      const given = operands([501], 7);
      for (const operand of [given.dw, given.m]) operand.data.set(operand.data.map((value) => value * 2 ** exponent));
      given.v.data.set(given.v.data.map((value) => value * 4 ** exponent));
      const hyper = hyperOf(0.01, 1, 0.1, 0.001);
      expectStep(await step(given, hyper, {}), given, hyper, {});
    }
  });

  test("a NaN changes only its own element, and every run gives the same bits", async () => {
    for (const size of [5001, 300_000]) {
      const given = operands([size], 1);
      given.dw.data[77] = Number.NaN;
      const hyper = hyperOf(0.1, 0.5, 0.1, 0.001);
      const first = await step(given, hyper, { weightDecay: 0.01, decoupled: true });
      for (const values of Object.values(first)) expect(values[77]).toBeNaN();
      expectStep(first, given, hyper, { weightDecay: 0.01, decoupled: true });
      expect(await step(given, hyper, { weightDecay: 0.01, decoupled: true })).toEqual(first);
    }
  });

  test("agrees with its reference within its declared bound", async () => {
    const checked = await createBackend({ kind: backend().kind, validate: true });
    const hyper = hyperOf(0.1, 0.5, 0.1, 0.001);
    for (const options of [{}, { weightDecay: 0.1 }, { weightDecay: 0.1, decoupled: true }, { epsilon: 0 }]) {
      await step(operands([333], 3), hyper, options, checked);
    }
    await checked.settled();
    checked.destroy();
  });

  const zeros = zerosOn(backend);

  test.each<readonly [message: string, options: unknown]>([
    ["beta1 is 1, expected a number in [0, 1)", { beta1: 1 }],
    ["beta2 is 0.999999999, which float32 rounds to 1; expected a number in [0, 1)", { beta2: 0.999999999 }],
    ["beta2 is -0.5, expected a number in [0, 1)", { beta2: -0.5 }],
    ["epsilon is NaN, expected a number in [0, Infinity)", { epsilon: Number.NaN }],
    ["weightDecay is -1, expected a number in [0, Infinity)", { weightDecay: -1 }],
    ["decoupled is 1, expected true or false", { decoupled: 1 }],
    ["unknown option beta; did you mean beta1?", { beta: 0.9 }],
  ])("refuses: %s", (message, options) => {
    expectRefusal(backend(), OptionError, `adamUpdate: ${message}`, () =>
      adamUpdate(zeros(3), zeros(3), zeros(3), zeros(3), zeros(4), wrong(options)),
    );
  });

  test("refuses shapes that disagree", () => {
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `adamUpdate: ${message}`, call);
    refuses("v is [1, 3], expected the shape of w [3]", () =>
      adamUpdate(zeros(3), zeros(3), zeros(3), zeros(1, 3), zeros(4)),
    );
    refuses("hyper is [2], expected [4]: learningRate, gradientScale, 1 − beta1ᵗ, 1 − beta2ᵗ", () =>
      adamUpdate(zeros(3), zeros(3), zeros(3), zeros(3), zeros(2)),
    );
  });
});
