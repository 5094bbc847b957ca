import fc from "fast-check";
import { expect, test } from "vitest";
import { createBackend, OptionError, type RmspropUpdateOptions, rmspropUpdate, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";
import { anyShape } from "../../support/shapeArbitraries.js";

const hyperOf = (...values: number[]) => ({ data: Float32Array.from(values), shape: [values.length] });
const NAMES = ["w", "v", "velocity", "m"] as const;

interface State {
  readonly w: oracle.Operand;
  readonly dw: oracle.Operand;
  readonly v: oracle.Operand;
  readonly velocity?: oracle.Operand;
  readonly m?: oracle.Operand;
}

/** All states that the options need. v is at least m², as for averages of one gradient. Some elements are still zero. */
function operands(shape: readonly number[], seed: number, options: RmspropUpdateOptions) {
  const [w, dw, v, velocity, m] = [0, 1, 2, 3, 4].map((part) => randomOperand(shape, seed + part));
  if (!w || !dw || !v || !velocity || !m) throw new Error("five parts give five operands");
  for (const [i, value] of v.data.entries()) {
    // Every fourth gradient has been constant so far. Rounding decides its variance.
    const mean = i % 4 === 0 ? oracle.at(dw.data, i) : oracle.at(m.data, i);
    m.data[i] = mean;
    v.data[i] = mean ** 2 + (i % 4 === 0 ? 0 : value ** 2);
    if (i % 5 > 0) continue;
    v.data[i] = 0;
    m.data[i] = 0;
    if (i % 10 === 0) dw.data[i] = 0;
  }
  return { w, dw, v, ...(options.momentum ? { velocity } : {}), ...(options.centered ? { m } : {}) };
}

describeOnEachBackend("rmspropUpdate", (backend) => {
  async function step(
    { w, dw, v, velocity, m }: State,
    hyper: oracle.Operand,
    options: RmspropUpdateOptions,
    on = backend(),
  ) {
    const up = (operand: oracle.Operand) => upload(on, operand);
    const made = on.tidy(() =>
      rmspropUpdate(up(w), up(dw), up(v), velocity && up(velocity), m && up(m), up(hyper), options),
    );
    const read = await Promise.all(NAMES.map(async (name) => [name, await made[name]?.read()] as const));
    for (const name of NAMES) made[name]?.dispose();
    return new Map(read);
  }

  async function expectStep(given: State, hyper: oracle.Operand, options: oracle.RmspropOptions) {
    const got = await step(given, hyper, options);
    const expected = oracle.rmspropUpdate(given, hyper, options);
    for (const name of NAMES) {
      const values = got.get(name);
      expect(values !== undefined, name).toBe(name === "w" || given[name] !== undefined);
      if (values) expectWithinBound(values, expected[name], `rmspropUpdate ${name}`);
    }
    return got;
  }

  const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });

  test("keeps the numerical promise over random shapes, rates and options", async () => {
    const options = fc.record(
      {
        rho: share(0, 0.999),
        momentum: share(0.01, 0.999),
        epsilon: fc.constantFrom(1e-8, 1e-7, 1e-3),
        centered: fc.boolean(),
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
        fc.nat(),
        async (shape, options, rate, scale, seed) => {
          await expectStep(operands(shape, seed, options), hyperOf(rate, scale), options);
        },
      ),
      { numRuns: sampled(100) },
    );
  });

  test("keeps the numerical promise for gradients from far below 1 to far above", async () => {
    for (const exponent of [-60, -40, -20, 20, 40]) {
      const options = { momentum: 0.5, centered: true };
      const given = operands([501], 7, options);
      for (const operand of [given.dw, given.m]) {
        operand?.data.set(operand.data.map((value) => value * 2 ** exponent));
      }
      given.v.data.set(given.v.data.map((value) => value * 4 ** exponent));
      await expectStep(given, hyperOf(0.01, 1), options);
    }
  });

  // Computed in float64 by the formulas of Keras 3.
  test.each<readonly [string, RmspropUpdateOptions, readonly (readonly [number, number])[]]>([
    [
      "with the defaults",
      {},
      [
        [0.6837729, -1.6837724],
        [0.8312146, -1.9694866],
        [0.5493567, -1.9882765],
      ],
    ],
    [
      "with momentum",
      { momentum: 0.5 },
      [
        [0.6837729, -1.6837724],
        [0.673101, -1.8113728],
        [0.3859072, -1.8939629],
      ],
    ],
    [
      "centered",
      { rho: 0.75, momentum: 0.5, centered: true, epsilon: 1e-3 },
      [
        [0.7714845, -1.7696733],
        [0.757208, -1.8460011],
        [0.5383588, -1.8979272],
      ],
    ],
    [
      "with a weight decay",
      { weightDecay: 0.25, decoupled: true },
      [
        [0.6587729, -1.6337724],
        [0.7897452, -1.8786423],
        [0.4881438, -1.8504661],
      ],
    ],
  ])("agrees with Keras over three steps, %s", async (_, options, expected) => {
    const shape = [2];
    const zeros = { data: new Float32Array(2), shape };
    let state: Omit<State, "dw"> = {
      w: { data: Float32Array.of(1, -2), shape },
      v: zeros,
      ...(options.momentum ? { velocity: zeros } : {}),
      ...(options.centered ? { m: zeros } : {}),
    };
    for (const [i, gradient] of [
      [0.5, -1],
      [-0.25, 2],
      [1, 0.125],
    ].entries()) {
      const got = await step({ ...state, dw: { data: Float32Array.from(gradient), shape } }, hyperOf(0.1, 1), options);
      const next = (name: "w" | "v" | "velocity" | "m") => ({ data: got.get(name) ?? new Float32Array(2), shape });
      state = {
        w: next("w"),
        v: next("v"),
        ...(options.momentum ? { velocity: next("velocity") } : {}),
        ...(options.centered ? { m: next("m") } : {}),
      };
      for (const [j, value] of (expected[i] ?? []).entries()) expect(state.w.data[j]).toBeCloseTo(value, 5);
    }
  });

  test("a variance that rounding makes negative counts as 0", async () => {
    const ones = { data: Float32Array.of(1, 1, 1), shape: [3] };
    const m = { data: Float32Array.of(1, 1 + 2 ** -20, 2), shape: [3] };
    const got = await step({ w: ones, dw: ones, v: ones, m }, hyperOf(2 ** -10, 1), {
      rho: 0.5,
      centered: true,
      epsilon: 1,
    });
    for (const value of (got.get("w") ?? []).slice(0, 2)) expect(value).toBeCloseTo(1 - 2 ** -10, 6);
    expect(got.get("w")?.[2]).toBeCloseTo(1 - 2 ** -10, 6);
  });

  test("a NaN changes only its own element, and every run gives the same bits", async () => {
    for (const size of [5001, 40_000]) {
      const options = { weightDecay: 0.01, decoupled: true, momentum: 0.9, centered: true };
      const given = operands([size], 1, options);
      given.dw.data[77] = Number.NaN;
      const first = await expectStep(given, hyperOf(0.1, 0.5), options);
      for (const name of NAMES) expect(first.get(name)?.[77], name).toBeNaN();
      expect(await step(given, hyperOf(0.1, 0.5), options)).toEqual(first);
    }
  });

  test("agrees with its reference within its declared bound", async () => {
    const checked = await createBackend({ kind: backend().kind, validate: true });
    const all = [{}, { weightDecay: 0.1 }, { weightDecay: 0.1, decoupled: true }, { momentum: 0.5 }];
    for (const options of [...all, { centered: true }, { centered: true, momentum: 0.5, weightDecay: 0.1 }]) {
      await step(operands([333], 3, options), hyperOf(0.1, 0.5), options, checked);
    }
    await checked.settled();
    checked.destroy();
  });

  const zeros = zerosOn(backend);
  const call = (options: unknown, velocity = true, m = false) =>
    rmspropUpdate(
      zeros(3),
      zeros(3),
      zeros(3),
      velocity ? zeros(3) : undefined,
      m ? zeros(3) : undefined,
      zeros(2),
      wrong(options),
    );

  test.each<readonly [message: string, options: unknown]>([
    ["rho is 1, expected a number in [0, 1)", { rho: 1 }],
    ["rho is 0.999999999, which float32 rounds to 1; expected a number in [0, 1)", { rho: 0.999999999 }],
    ["momentum is -1, expected a number in [0, 1)", { momentum: -1 }],
    ["epsilon is NaN, expected a number in [0, Infinity)", { epsilon: Number.NaN }],
    ["weightDecay is -1, expected a number in [0, Infinity)", { weightDecay: -1 }],
    ["centered is 1, expected true or false", { centered: 1 }],
    ["decoupled is 1, expected true or false", { decoupled: 1 }],
    ["unknown option momentun; did you mean momentum?", { momentun: 0.9 }],
    ["centered is true, but m is undefined; start m with zeros", { centered: true }],
  ])("refuses: %s", (message, options) => {
    expectRefusal(backend(), OptionError, `rmspropUpdate: ${message}`, () => call(options));
  });

  test("refuses missing states, states that the options do not need, and shapes that disagree", () => {
    const unasked = "rmspropUpdate: centered is false, but m is given; leave m undefined, or set centered";
    expectRefusal(backend(), OptionError, unasked, () => call({}, true, true));
    const missing = "rmspropUpdate: momentum is 0.9, but velocity is undefined; start it with zeros";
    expectRefusal(backend(), OptionError, missing, () => call({ momentum: 0.9 }, false));
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `rmspropUpdate: ${message}`, call);
    refuses("v is [1, 3], expected the shape of w [3]", () =>
      rmspropUpdate(zeros(3), zeros(3), zeros(1, 3), undefined, undefined, zeros(2)),
    );
    refuses("m is [4], expected the shape of w [3]", () =>
      rmspropUpdate(zeros(3), zeros(3), zeros(3), undefined, zeros(4), zeros(2), { centered: true }),
    );
    refuses("hyper is [4], expected [2]: learningRate, gradientScale", () =>
      rmspropUpdate(zeros(3), zeros(3), zeros(3), undefined, undefined, zeros(4)),
    );
  });
});
