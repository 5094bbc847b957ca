import { expect, test } from "vitest";
import {
  averagePool2d,
  conv2d,
  crop,
  cropAndResize,
  depthToSpace,
  dropout,
  gather,
  groupNormalization,
  huber,
  layerNormalization,
  leakyRelu,
  matmul,
  maxPool2d,
  mul,
  OptionError,
  pad2d,
  reduceMax,
  reduceMean,
  reduceSum,
  resample2d,
  slice,
  softmaxCrossEntropy,
  Tensor,
  transpose,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../support/backends.js";
import { named, OPERATORS } from "../support/operators.js";
import { randomOperand } from "../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../support/refusals.js";
import { sampledCases } from "../support/sampling.js";

type Options = Readonly<Record<string, unknown>>;

/** The same options from other sources. */
const SOURCES: readonly (readonly [source: string, make: (options: Options) => object])[] = [
  ["a prototype", (options) => Object.create(options)],
  ["a prototype without a prototype", (options) => Object.create(Object.assign(Object.create(null), options))],
  ["getters", (options) => Object.defineProperties({}, gettersOf(options))],
  [
    "the getters of a class",
    (options) => Object.create(Object.create(OptionsOfAProgram.prototype, gettersOf(options))),
  ],
];

class OptionsOfAProgram {
  /** A method is not an option. */
  describe(): string {
    return "options";
  }
}

/** Getters of a class, which are not enumerable. */
function gettersOf(options: Options): PropertyDescriptorMap {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, { get: () => value }]));
}

/** Operators whose values and gradients depend on these options. */
const CASES: readonly (readonly [name: string, options: Options, call: (x: Tensor, options: never) => Tensor])[] = [
  ["conv2d", { strides: [2, 1], padding: 1 }, (x, options) => conv2d(x, x.backend.full([3, 3, 8, 2], 0.5), options)],
  ["maxPool2d", { windowDimensions: [2, 3], strides: 1, padding: [1, 0, 0, 1] }, maxPool2d],
  ["averagePool2d", { windowDimensions: 3, padding: 1, countIncludePad: true }, averagePool2d],
  ["pad2d", { padding: [1, 2, 0, 1], mode: "reflection" }, pad2d],
  ["reduceSum", { axes: [1, 3], keepDimensions: true }, reduceSum],
  ["reduceMean", { axes: [2] }, reduceMean],
  ["reduceMax", { axes: [-1, 1] }, reduceMax],
  ["transpose", { permutation: [2, 0, 3, 1] }, transpose],
  ["crop", { cropping: [1, 2, 0, 3] }, crop],
  ["depthToSpace", { blockSize: 2, mode: "CRD" }, depthToSpace],
  ["resample2d", { sizes: [9, 4], mode: "linear", coordinates: "alignCorners" }, resample2d],
  ["layerNormalization", { axes: [2, 1], epsilon: 0.1 }, layerNormalization],
  ["groupNormalization", { groups: 4, epsilon: 0.1 }, groupNormalization],
  ["gather", { axis: 2 }, (x, options) => gather(x, x.backend.tensor([5, -1, 0]), options)],
  [
    "cropAndResize",
    { size: [3, 2], extrapolationValue: 2 },
    (x, options) => cropAndResize(x, x.backend.tensor([[0.1, 0.2, 0.7, 1.1]]), x.backend.tensor([0]), options),
  ],
  ["matmul", { transposeA: true }, (x, options) => matmul(x, x.backend.full([6, 5], 0.5), options)],
  ["huber", { reduction: "sum", delta: 0.5 }, (x, options) => huber(x, x.backend.full(x.shape, 0.1), options)],
  ["leakyRelu", { alpha: 0.25 }, leakyRelu],
  ["dropout", { rate: 0.5, seed: 3, step: 7, replica: 2 }, dropout],
  [
    "softmaxCrossEntropy",
    { reduction: "sum" },
    (x, options) => {
      const [rows, labels] = [slice(x, [0, 0, 0, 0], [1, 1, 1, 8]), x.backend.tensor([3])];
      return softmaxCrossEntropy(reshapeToRow(rows), labels, options);
    },
  ],
];

const reshapeToRow = (x: Tensor) => reduceSum(x, { axes: [0, 1] });

describeOnEachBackend("options from other sources", (backend) => {
  /** The values and the gradients of an operator. @param then is called between forward and backward */
  async function evaluate(call: (x: Tensor, options: never) => Tensor, options: object, then = () => {}) {
    const x = upload(backend(), randomOperand([1, 6, 6, 8], 1));
    const { value, gradients } = valueAndGradients(
      ({ x }) => {
        const y = call(x, wrong(options));
        then();
        return [reduceSum(mul(y, y)), y] as const;
      },
      { x },
    );
    return [await value[1].read(), await gradients.x.read()];
  }

  test.each(sampledCases(CASES))(
    "%s gives the same values and gradients with options from prototypes and getters",
    async (_, options, call) => {
      const expected = await evaluate(call, options);
      expect(expected[1]?.some((element) => element !== 0)).toBe(true);
      for (const [, make] of SOURCES) expect(await evaluate(call, make(options))).toEqual(expected);
    },
  );

  test.each(sampledCases(CASES))(
    "%s uses the options at the call if the object changes later",
    async (_, options, call) => {
      const expected = await evaluate(call, options);
      const own = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
      );
      const spoil = () => {
        for (const [name, value] of Object.entries(own)) {
          if (Array.isArray(value)) value.fill(9);
          own[name] = "spoilt";
        }
      };
      expect(await evaluate(call, own, spoil)).toEqual(expected);
    },
  );

  test.each(named(OPERATORS))("the gradient of %s does not read an object that changed", (_, operator) => {
    const zeros = zerosOn(backend);
    const own = { ...operator.options };
    const parameters = Object.fromEntries(
      Object.entries(operator.tensors).map(([name, shape]) => [name, zeros(...shape)]),
    );
    try {
      valueAndGradients((given) => {
        const result = operator.call((name) => given[name] ?? zeros(1), own);
        Object.assign(own, { spoilt: 1 });
        const y = result instanceof Tensor ? result : Object.values(Object(result))[0];
        return reduceSum(wrong<Tensor>(y));
      }, parameters);
    } catch (error) {
      // Some have no gradient, or none for all of their tensors.
      expect(String(error)).not.toContain("spoilt");
    }
  });

  test("slice uses the starts at the call if the array changes later", async () => {
    const run = (starts: number[], then?: () => void) => evaluate((x) => slice(x, starts, [1, 2, 2, 8]), {}, then);
    const starts = [0, 1, 3, 0];
    expect(await run(starts, () => starts.fill(0))).toEqual(await run([0, 1, 3, 0]));
  });

  test.each(named(OPERATORS))("%s refuses an unknown name from every source", (name, operator) => {
    const zeros = zerosOn(backend);
    const tensor = (argument: string) => zeros(...(operator.tensors[argument] ?? []));
    const known = new RegExp(`^${name}: unknown option fhqwhgads; known are \\w+`);
    for (const [, make] of SOURCES) {
      expectRefusal(backend(), OptionError, known, () =>
        operator.call(tensor, make({ ...operator.options, fhqwhgads: 1 })),
      );
    }
  });

  test("a name that a program adds to Object.prototype is not an option", () => {
    const added = "addedToEveryObject";
    Object.defineProperty(Object.prototype, added, { value: 1, enumerable: true, configurable: true });
    try {
      leakyRelu(zerosOn(backend)(2), { alpha: 0.5 });
    } finally {
      Reflect.deleteProperty(Object.prototype, added);
    }
  });
});
