import { describe, expect, test } from "vitest";
import { type Backend, OptionError, ShapeError, type Tensor, type Variable } from "webgpu-cnn";
import {
  Adam,
  type AdamOptions,
  AdamW,
  cosineDecay,
  exponentialDecay,
  type Optimizer,
  piecewiseConstant,
  SGD,
  type SGDOptions,
} from "webgpu-cnn/nn";
import { describeOnSampledBackends } from "../support/backends.js";
import { randomValues } from "../support/random.js";
import { expectError, thrownBy, wrong } from "../support/refusals.js";

const SHAPES = { "conv2d.kernel": [3, 3, 2, 4], "conv2d.bias": [4], "dense.kernel": [5, 7], scale: [] } as const;
const NAMES = ["conv2d.kernel", "conv2d.bias", "dense.kernel", "scale"] as const;
const STEPS = 10;

const sizeOf = (shape: readonly number[]) => shape.reduce((size, extent) => size * extent, 1);
const initial = (parameter: number) => randomValues(sizeOf(SHAPES[NAMES[parameter] ?? "scale"]), 100 + parameter);
const gradient = (parameter: number, step: number) =>
  randomValues(sizeOf(SHAPES[NAMES[parameter] ?? "scale"]), 1000 * step + parameter);

function variablesOn(backend: Backend): Map<string, Variable> {
  return new Map(NAMES.map((name, i) => [name, backend.variable(initial(i), SHAPES[name])]));
}

/** Ten steps: the parameters, and what the optimizer keeps, by name. */
async function train(backend: Backend, optimizer: Optimizer, way: "called" | "recorded" = "called") {
  const variables = variablesOn(backend);
  optimizer.build(backend, variables);
  const examples = Object.fromEntries(NAMES.map((name) => [name, backend.zeros(SHAPES[name])]));
  const work = (gradients: Readonly<Record<string, Tensor>>) => {
    optimizer.apply(new Map(Object.entries(gradients)));
    return {};
  };
  const recorded = way === "recorded" ? backend.record(work, examples) : undefined;
  for (let step = 0; step < STEPS; step++) {
    optimizer.setStep(step);
    const values = Object.fromEntries(NAMES.map((name, i) => [name, backend.tensor(gradient(i, step), SHAPES[name])]));
    if (recorded) recorded.run(values);
    else work(values);
    for (const tensor of Object.values(values)) tensor.dispose();
  }
  recorded?.dispose();
  for (const tensor of Object.values(examples)) tensor.dispose();
  const all = [...variables, ...optimizer.state];
  const read = new Map(await Promise.all(all.map(async ([name, variable]) => [name, await variable.read()] as const)));
  for (const variable of variables.values()) variable.dispose();
  return read;
}

/** What ten steps come to in float64. @param update changes one element, whose moments and gradient it is given */
function inFloat64(
  rate: (step: number) => number,
  clipNorm: number,
  update: (element: { w: number; moments: [number, number] }, g: number, rate: number, t: number) => void,
) {
  const parameters = NAMES.map((_, i) => Array.from(initial(i), (w) => ({ w, moments: [0, 0] as [number, number] })));
  for (let step = 0; step < STEPS; step++) {
    const gradients = NAMES.map((_, i) => gradient(i, step));
    const norm = Math.hypot(...gradients.flatMap((values) => [...values]));
    const scale = Math.min(1, clipNorm / norm);
    for (const [i, elements] of parameters.entries()) {
      for (const [j, element] of elements.entries()) {
        update(element, scale * (gradients[i]?.[j] ?? Number.NaN), rate(step), step + 1);
      }
    }
  }
  return parameters.map((elements) => elements.map(({ w }) => w));
}

/** torch.optim.SGD, with dampening 0. */
function sgd({
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
  learningRate = 0.01,
  clipNorm = Infinity,
}: SGDOptions) {
  return inFloat64(rateOf(learningRate), clipNorm, (element, gradient, rate, t) => {
    const g = gradient + weightDecay * element.w;
    element.moments[0] = t === 1 ? g : momentum * element.moments[0] + g;
    element.w -= rate * (nesterov ? g + momentum * element.moments[0] : element.moments[0]);
  });
}

/** torch.optim.Adam and torch.optim.AdamW. */
function adam(options: AdamOptions, decoupled: boolean) {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, weightDecay = 0, learningRate = 0.001 } = options;
  return inFloat64(rateOf(learningRate), options.clipNorm ?? Infinity, (element, gradient, rate, t) => {
    if (decoupled) element.w *= 1 - rate * weightDecay;
    const g = gradient + (decoupled ? 0 : weightDecay * element.w);
    element.moments[0] = beta1 * element.moments[0] + (1 - beta1) * g;
    element.moments[1] = beta2 * element.moments[1] + (1 - beta2) * g * g;
    const mean = element.moments[0] / (1 - beta1 ** t);
    element.w -= (rate * mean) / (Math.sqrt(element.moments[1] / (1 - beta2 ** t)) + epsilon);
  });
}

const rateOf = (learningRate: number | ((step: number) => number)) =>
  typeof learningRate === "number" ? () => learningRate : learningRate;

const falling = exponentialDecay(0.2, { decaySteps: 3, decayRate: 0.5 });
const CASES: readonly (readonly [string, () => Optimizer, number[][]])[] = [
  ...[
    {},
    { learningRate: 0.1, momentum: 0.9 },
    { learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.05 },
    { learningRate: falling, momentum: 0.5 },
    { learningRate: 0.3, clipNorm: 0.7 },
    // Longer than all of them.
    { learningRate: 0.3, clipNorm: 100, weightDecay: 0.01 },
  ].map((options) => [`SGD ${shown(options)}`, () => new SGD(options), sgd(options)] as const),
  ...[
    {},
    { learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 },
    { learningRate: falling, clipNorm: 1.5 },
  ].flatMap((options) => [
    [`Adam ${shown(options)}`, () => new Adam(options), adam(options, false)] as const,
    [`AdamW ${shown(options)}`, () => new AdamW(options), adam({ weightDecay: 0.004, ...options }, true)] as const,
  ]),
];

function shown(options: object): string {
  return JSON.stringify(options, (_, value) => (typeof value === "function" ? "a schedule" : value));
}

describeOnSampledBackends("an optimizer", 1, (backend) => {
  test.each(CASES)("%s takes ten steps as float64 does, recorded with the same bits", async (_name, make, expected) => {
    const optimizer = make();
    const called = await train(backend(), optimizer);
    for (const [i, name] of NAMES.entries()) {
      const values = called.get(name) ?? new Float32Array();
      expect(values).toHaveLength(expected[i]?.length ?? Number.NaN);
      // Each step rounds a few times by 2⁻²⁴ of weights and steps below 2: ten of them stay far below this.
      for (const [j, w] of expected[i]?.entries() ?? [])
        expect(Math.abs((values[j] ?? Number.NaN) - w)).toBeLessThan(1e-5);
    }
    expect(await train(backend(), optimizer, "recorded")).toEqual(called);
    optimizer.dispose();
  });

  test("keeps nothing but its state, and gives that back", async () => {
    const before = backend().memory();
    const variables = variablesOn(backend());
    const optimizer = new Adam({ clipNorm: 1, learningRate: falling });
    optimizer.build(backend(), variables);
    const built = backend().memory().tensors;
    for (let step = 0; step < 3; step++) {
      optimizer.setStep(step);
      backend().tidy(() => optimizer.apply(new Map(NAMES.map((name) => [name, backend().full(SHAPES[name], 1)]))));
    }
    expect(backend().memory().tensors).toBe(built);
    for (const variable of variables.values()) variable.dispose();
    optimizer.dispose();
    expect(backend().memory().tensors).toBe(before.tensors);
    expect(backend().memory().liveBytes).toBe(before.liveBytes);
  });

  test("is the same whether or not it is built inside of a tidy, and starts anew when it is built again", async () => {
    const optimizer = new Adam();
    const first = await train(backend(), optimizer);
    backend().tidy(() => optimizer.build(backend(), new Map()));
    expect(await train(backend(), optimizer)).toEqual(first);
    optimizer.dispose();
  });

  test("goes on from a state that was saved", async () => {
    const variables = variablesOn(backend());
    const optimizer = new Adam({ learningRate: 0.1 });
    optimizer.build(backend(), variables);
    const step = (at: Optimizer) =>
      backend().tidy(() => at.apply(new Map(NAMES.map((name) => [name, backend().full(SHAPES[name], 0.5)]))));
    step(optimizer);
    const saved = new Map<string, Float32Array>();
    for (const [name, variable] of [...variables, ...optimizer.state]) saved.set(name, await variable.read());
    step(optimizer);
    const after = await variables.get("scale")?.read();
    const others = variablesOn(backend());
    const other = new Adam({ learningRate: 0.1 });
    other.build(backend(), others);
    for (const [name, variable] of [...others, ...other.state]) variable.write(saved.get(name) ?? []);
    step(other);
    expect(await others.get("scale")?.read()).toEqual(after);
    for (const variable of [...variables.values(), ...others.values()]) variable.dispose();
    optimizer.dispose();
    other.dispose();
  });

  test.each([
    ["[2e19]", [[2e19]], [1]],
    [
      "[1e20, 0] and [0, 1e20]",
      [
        [1e20, 0],
        [0, 1e20],
      ],
      [Math.SQRT1_2, 0, 0, Math.SQRT1_2],
    ],
    ["[1e37]", [[1e37]], [1]],
    ["[3e-20, 4e-20]", [[3e-20, 4e-20]], [3e-20, 4e-20]],
    ["zeros", [[0, 0], [0]], [0, 0, 0]],
  ])("clips gradients whose squares overflow or vanish: %s", async (_, gradients, steps) => {
    expect(await clipped(gradients, 1)).toEqual(steps.map((step) => expect.closeTo(step, 6)));
  });

  test("clips short gradients to a shorter norm", async () => {
    const [a, b] = await clipped([[3e-25], [4e-25]], 1e-25);
    expect(a).toBeCloseTo(0.6e-25, 31);
    expect(b).toBeCloseTo(0.8e-25, 31);
  });

  test("an infinite norm gives NaN", async () => {
    const steps = await clipped([[1, Number.POSITIVE_INFINITY], [2]], 1);
    expect(steps).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  /** How far one step of rate 1 goes from 0. */
  async function clipped(gradients: readonly number[][], clipNorm: number): Promise<number[]> {
    const names = gradients.map((_, i) => `w${i}`);
    const variables = new Map(gradients.map((values, i) => [`w${i}`, backend().variable(values.map(() => 0))]));
    const optimizer = new SGD({ clipNorm, learningRate: 1 });
    optimizer.build(backend(), variables);
    backend().tidy(() => optimizer.apply(new Map(gradients.map((values, i) => [`w${i}`, backend().tensor(values)]))));
    const read = await Promise.all(names.map((name) => variables.get(name)?.read()));
    for (const variable of variables.values()) variable.dispose();
    optimizer.dispose();
    return read.flatMap((values) => [...(values ?? [])]).map((value) => 0 - value);
  }

  test("a NaN in one gradient stays there without clipping, and reaches all with it", async () => {
    for (const clipNorm of [undefined, 1]) {
      const [a, b] = [backend().variable([1, 1]), backend().variable([1, 1])];
      const optimizer = new SGD({ clipNorm });
      optimizer.build(
        backend(),
        new Map([
          ["a", a],
          ["b", b],
        ]),
      );
      backend().tidy(() =>
        optimizer.apply(
          new Map([
            ["a", backend().tensor([1, Number.NaN])],
            ["b", backend().tensor([1, 1])],
          ]),
        ),
      );
      const values = [...(await a.read()), ...(await b.read())];
      expect(values.map(Number.isNaN)).toEqual(
        clipNorm === undefined ? [false, true, false, false] : [true, true, true, true],
      );
      for (const variable of [a, b]) variable.dispose();
      optimizer.dispose();
    }
  });

  test("names its state", () => {
    const variables = new Map([["conv2d.kernel", backend().variable([1, 2])]]);
    const names = (optimizer: Optimizer) => {
      optimizer.build(backend(), variables);
      const kept = [...optimizer.state.keys()];
      optimizer.dispose();
      return kept;
    };
    expect(names(new SGD())).toEqual([]);
    expect(names(new SGD({ momentum: 0.9 }))).toEqual(["sgd.velocity.conv2d.kernel"]);
    expect(names(new Adam())).toEqual(["adam.counts", "adam.m.conv2d.kernel", "adam.v.conv2d.kernel"]);
    expect(names(new AdamW())).toEqual(["adamw.counts", "adamw.m.conv2d.kernel", "adamw.v.conv2d.kernel"]);
    for (const variable of variables.values()) variable.dispose();
  });

  test("refuses gradients that are not those of its parameters", () => {
    const a = backend().variable([1, 2]);
    const optimizer = new SGD();
    const refuses = (error: typeof OptionError | typeof ShapeError, message: string, call: () => unknown) =>
      expectError(
        thrownBy(() => backend().tidy(() => void call())),
        error,
        message,
      );
    refuses(OptionError, "apply: the optimizer has no weights yet; call build first", () => optimizer.apply(new Map()));
    refuses(OptionError, "setStep: the optimizer has no weights yet; call build first", () => optimizer.setStep(1));
    optimizer.build(backend(), new Map([["a", a]]));
    const zeros = (...shape: number[]) => backend().zeros(shape);
    refuses(OptionError, "apply: the gradient of a must be a Tensor, got [1, 2]; make one with backend.tensor(…)", () =>
      optimizer.apply(new Map([["a", wrong([1, 2])]])),
    );
    refuses(OptionError, 'setStep: step is "x", expected an integer ≥ 0', () => optimizer.setStep(wrong("x")));
    refuses(OptionError, 'build: weights has 3 for "a", expected a variable as in model.trainableWeights', () =>
      new SGD().build(backend(), new Map([["a", wrong(3)]])),
    );
    refuses(OptionError, "apply: the gradient of a is missing", () => optimizer.apply(new Map()));
    refuses(OptionError, 'apply: there is a gradient of "b", but no weight of this name', () =>
      optimizer.apply(
        new Map([
          ["a", zeros(2)],
          ["b", zeros(2)],
        ]),
      ),
    );
    refuses(ShapeError, "apply: the gradient of a is [3], expected its shape [2]", () =>
      optimizer.apply(new Map([["a", zeros(3)]])),
    );
    a.dispose();
    optimizer.dispose();
  });
});

describe("options of optimizers", () => {
  test("are told again by config, without schedules", () => {
    expect(new SGD().config).toEqual({ name: "SGD", learningRate: 0.01, momentum: 0, nesterov: false, weightDecay: 0 });
    expect(new Adam({ learningRate: falling, clipNorm: 2 }).config).toEqual({
      name: "Adam",
      clipNorm: 2,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
      weightDecay: 0,
    });
    expect(new AdamW().config).toMatchObject({ learningRate: 0.001, weightDecay: 0.004 });
  });

  test.each<readonly [message: string, make: () => unknown]>([
    ["SGD: unknown option lr; did you mean learningRate?", () => new SGD(wrong({ lr: 1 }))],
    [
      "SGD: unknown option rate_of_decay; known are learningRate, clipNorm, momentum, nesterov, weightDecay",
      () => new SGD(wrong({ rate_of_decay: 1 })),
    ],
    ["Adam: options must be an object such as { learningRate: … }, got 0.001", () => new Adam(wrong(0.001))],
    ["SGD: nesterov is true, expected a momentum with it, such as 0.9", () => new SGD({ nesterov: true })],
    ["SGD: learningRate is -1, expected a finite number ≥ 0", () => new SGD({ learningRate: -1 })],
    ["SGD: clipNorm is 0, expected a finite number above 0", () => new SGD({ clipNorm: 0 })],
    ["Adam: beta2 is 1, expected a number in [0, 1)", () => new Adam({ beta2: 1 })],
    ["Adam: unknown option decoupled", () => new Adam(wrong({ decoupled: true }))],
    ["AdamW: options must be an object such as", () => new AdamW(wrong(null))],
    ["AdamW: weightDecay is -1, expected a number in [0, Infinity)", () => new AdamW({ weightDecay: -1 })],
  ])("%s", (message, make) => {
    const thrown = thrownBy(make);
    expect(thrown).toBeInstanceOf(OptionError);
    expect(String(thrown)).toContain(message);
  });
});

describe("schedules", () => {
  test("cosineDecay, after Keras", () => {
    const plain = cosineDecay(0.4, 100);
    expect([0, 50, 100, 1000].map((step) => plain(step).toFixed(12))).toEqual(
      [0.4, 0.2, 0, 0].map((rate) => rate.toFixed(12)),
    );
    expect(plain(25)).toBeCloseTo(0.4 * 0.5 * (1 + Math.SQRT1_2), 12);
    const warm = cosineDecay(0.4, 100, { alpha: 0.1, warmupSteps: 10 });
    expect([0, 5, 10, 60, 110, 500].map((step) => warm(step).toFixed(12))).toEqual(
      [0, 0.2, 0.4, 0.22, 0.04, 0.04].map((rate) => rate.toFixed(12)),
    );
  });

  test("exponentialDecay, after Keras", () => {
    const smooth = exponentialDecay(8, { decaySteps: 10, decayRate: 0.25 });
    expect([0, 5, 10, 20].map(smooth)).toEqual([8, 4, 2, 0.5]);
    const stairs = exponentialDecay(8, { decaySteps: 10, decayRate: 0.25, staircase: true });
    expect([0, 9, 10, 19, 20].map(stairs)).toEqual([8, 8, 2, 2, 0.5]);
  });

  test("piecewiseConstant, after Keras: a boundary belongs to what comes before it", () => {
    const rate = piecewiseConstant([3, 5], [1, 0.5, 0.1]);
    expect([0, 3, 4, 5, 6, 100].map(rate)).toEqual([1, 1, 0.5, 0.5, 0.1, 0.1]);
    expect(piecewiseConstant([], [0.3])(7)).toBe(0.3);
  });

  test.each<readonly [message: string, make: () => unknown]>([
    ["cosineDecay: decaySteps is 0, expected a finite number above 0", () => cosineDecay(1, 0)],
    ["cosineDecay: initial is NaN, expected a finite number ≥ 0", () => cosineDecay(Number.NaN, 1)],
    ["cosineDecay: warmupSteps is 0.5, expected an integer ≥ 0", () => cosineDecay(1, 1, { warmupSteps: 0.5 })],
    [
      "exponentialDecay: decayRate is -1, expected a finite number ≥ 0",
      () => exponentialDecay(1, { decaySteps: 1, decayRate: -1 }),
    ],
    [
      "exponentialDecay: decaySteps is undefined, expected a finite number above 0",
      () => exponentialDecay(1, wrong({ decayRate: 1 })),
    ],
    [
      "piecewiseConstant: boundaries is [5, 3], expected steps in rising order",
      () => piecewiseConstant([5, 3], [1, 2, 3]),
    ],
    ["piecewiseConstant: values is [1], expected 2 rates, one more than boundaries", () => piecewiseConstant([5], [1])],
    [
      "piecewiseConstant: values[1] is Infinity, expected a finite number ≥ 0",
      () => piecewiseConstant([5], [1, Infinity]),
    ],
  ])("%s", (message, make) => {
    expectError(thrownBy(make), OptionError, message);
  });
});
