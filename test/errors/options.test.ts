import { expect, test } from "vitest";
import {
  conv2d,
  conv2dBackwardInput,
  hardSigmoid,
  hardSigmoidBackward,
  leakyRelu,
  leakyReluBackward,
  maxPool2d,
  OptionError,
  pad2d,
  reduceSum,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";
import { CONVOLUTIONS, named, OPERATORS, type Operator, PADDINGS, POOLS, REDUCTIONS } from "../support/operators.js";
import { expectRefusal, type Refusal, wrong, zerosOn } from "../support/refusals.js";

const SLIDING = [...CONVOLUTIONS, ...POOLS];

/** A value that is malformed, and how a message shows it. */
type Malformed = readonly [value: unknown, shown: string];

const NO_INTEGERS: readonly Malformed[] = [
  [-1, "-1"],
  [1.5, "1.5"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [2 ** 53, "9007199254740992"],
  ["1", '"1"'],
  [1n, "1n"],
  [true, "true"],
  [null, "null"],
  [{ height: 1, width: 1 }, "an object"],
  [() => 1, "a function"],
];

const NO_PAIRS: readonly Malformed[] = [
  ...NO_INTEGERS,
  [0, "0"],
  [[], "[]"],
  [new Map([["strides", 2]]), "a Map"],
  [Promise.resolve({}), "a Promise"],
  [[2], "[2]"],
  [[1, 2, 3], "[1, 2, 3]"],
  [[1, 0], "[1, 0]"],
  [["1", 1], '["1", 1]'],
  [[1, undefined], "[1, undefined]"],
  [Int32Array.of(1, 1), "Int32Array of 8 bytes"],
];

const NO_PADDINGS: readonly Malformed[] = [
  ...NO_INTEGERS,
  [[1, 1], "[1, 1]"],
  [[1, 1, 1], "[1, 1, 1]"],
  [[1, 1, 1, 1, 1], "[1, 1, 1, 1, 1]"],
  [[0, 0, 0, -1], "[0, 0, 0, -1]"],
  ["SAME", '"SAME"'],
];

const NO_OPTIONS: readonly Malformed[] = [
  [null, "null"],
  [2, "2"],
  ["same", '"same"'],
  [[], "[]"],
  [new Map([["strides", 2]]), "a Map"],
  [Promise.resolve({}), "a Promise"],
  [() => ({}), "a function"],
];

describeOnEachBackend("options are refused by name", (backend) => {
  const zeros = zerosOn(backend);

  function call({ tensors, call }: Operator, options: unknown): unknown {
    return call((argument) => zeros(...(tensors[argument] ?? [])), options);
  }

  function refuses(operator: Operator, options: object, message: string): void {
    expectRefusal(backend(), OptionError, `${operator.name}: ${message}`, () =>
      call(operator, { ...operator.options, ...options }),
    );
  }

  test.each(named(OPERATORS))("%s refuses options that are not an object", (_name, operator) => {
    for (const [options, shown] of NO_OPTIONS) {
      const message = new RegExp(`^${operator.name}: options must be an object such as \\{ \\w+: … \\}, got `);
      expectRefusal(backend(), OptionError, message, () => call(operator, options));
      expect(() => call(operator, options)).toThrow(`got ${shown}`);
    }
  });

  test.each(named(OPERATORS))("%s refuses an unknown name", (_name, operator) => {
    const known = new RegExp(`^${operator.name}: unknown option fhqwhgads; known are \\w+`);
    const options = { ...operator.options, fhqwhgads: 1 };
    expectRefusal(backend(), OptionError, known, () => call(operator, options));
    // An unknown name with the value undefined is refused too.
    expectRefusal(backend(), OptionError, known, () => call(operator, { ...options, fhqwhgads: undefined }));
  });

  test.each(named(SLIDING))("%s names the option nearest to a misspelt one", (_name, operator) => {
    refuses(operator, { stride: 2 }, "unknown option stride; did you mean strides?");
    refuses(operator, { Dilations: 2 }, "unknown option Dilations; did you mean dilations?");
    refuses(operator, { pading: 1 }, "unknown option pading; did you mean padding?");
  });

  test.each(named(SLIDING))("%s refuses wrong strides and dilations", (_name, operator) => {
    for (const name of ["strides", "dilations"]) {
      for (const [value, shown] of NO_PAIRS) {
        refuses(operator, { [name]: value }, `${name} is ${shown}, expected one integer ≥ 1 or [height, width]`);
      }
    }
  });

  test.each(named(SLIDING))("%s refuses a wrong padding", (_name, operator) => {
    for (const [padding, shown] of NO_PADDINGS) {
      const expected = 'expected "same", "valid", one integer ≥ 0 or [beginHeight, endHeight, beginWidth, endWidth]';
      refuses(operator, { padding }, `padding is ${shown}, ${expected}`);
    }
  });

  test.each(named(SLIDING))("%s refuses a wrong outputShapeRounding", (_name, operator) => {
    for (const [value, shown, advice] of [
      ["ceiling", '"ceiling"', '; did you mean "ceil"?'],
      ["Floor", '"Floor"', '; did you mean "floor"?'],
      ["nearest", '"nearest"', ""],
      [1, "1", ""],
    ]) {
      const message = `outputShapeRounding is ${shown}, expected "floor" or "ceil"${advice}`;
      refuses(operator, { outputShapeRounding: value }, message);
    }
  });

  test.each(named(CONVOLUTIONS))("%s refuses wrong layouts", (_name, operator) => {
    const layouts = 'expected "nhwc" or "nchw"';
    refuses(operator, { inputLayout: "NHWC" }, `inputLayout is "NHWC", ${layouts}; did you mean "nhwc"?`);
    refuses(operator, { inputLayout: "channelsLast" }, `inputLayout is "channelsLast", ${layouts}`);
    refuses(operator, { inputLayout: null }, `inputLayout is null, ${layouts}`);
    const filters = 'expected "hwio" or "oihw" or "ohwi" or "ihwo"';
    refuses(operator, { filterLayout: "OIHW" }, `filterLayout is "OIHW", ${filters}; did you mean "oihw"?`);
    refuses(operator, { filterLayout: 3 }, `filterLayout is 3, ${filters}`);
  });

  test.each(named([...POOLS, ...PADDINGS]))("%s refuses a wrong layout", (_name, operator) => {
    refuses(operator, { layout: "nhwC" }, 'layout is "nhwC", expected "nhwc" or "nchw"; did you mean "nhwc"?');
    refuses(operator, { layout: ["nhwc"] }, 'layout is ["nhwc"], expected "nhwc" or "nchw"');
  });

  test.each(named(CONVOLUTIONS))("%s refuses wrong groups, activations and algorithms", (_name, operator) => {
    for (const [groups, shown] of [...NO_INTEGERS, [0, "0"], [[1], "[1]"]] as const) {
      refuses(operator, { groups }, `groups is ${shown}, expected an integer ≥ 1`);
    }
    const activations = 'expected "none" or "relu"';
    refuses(operator, { activation: "ReLU" }, `activation is "ReLU", ${activations}; did you mean "relu"?`);
    refuses(operator, { activation: "softmax" }, `activation is "softmax", ${activations}`);
    refuses(operator, { activation: false }, `activation is false, ${activations}`);
    const unknown = new RegExp(
      `^${operator.name}: algorithm is "magic", expected "auto" or "direct" or "implicitGemm" or "depthwise" or "tiledGemm" or "winogradF2x3"`,
    );
    expectRefusal(backend(), OptionError, unknown, () => call(operator, { ...operator.options, algorithm: "magic" }));
  });

  test.each(named(CONVOLUTIONS.slice(1)))(
    "%s refuses an activation, because its gradient needs the output",
    (_name, operator) => {
      const advice = 'expected "none": its gradient needs the forward\'s output; apply it to dy first';
      refuses(operator, { activation: "relu" }, `activation is "relu", ${advice}`);
      call(operator, { ...operator.options, activation: "none" });
    },
  );

  test.each(named(POOLS))("%s refuses wrong windowDimensions", (_name, operator) => {
    for (const [value, shown] of NO_PAIRS) {
      refuses(
        operator,
        { windowDimensions: value },
        `windowDimensions is ${shown}, expected one integer ≥ 1 or [height, width]`,
      );
    }
    const required = `${operator.name}: windowDimensions is required: expected one integer ≥ 1 or [height, width]`;
    expectRefusal(backend(), OptionError, required, () => call(operator, {}));
  });

  test.each<Refusal>([
    [
      "maxPool2d: options must be an object such as { windowDimensions: … }, got undefined",
      () => maxPool2d(zeros(1, 4, 4, 1), wrong(undefined)),
    ],
    [
      "pad2d: options must be an object such as { padding: … }, got undefined",
      () => pad2d(zeros(1, 4, 4, 1), wrong(undefined)),
    ],
    // The bias is in the place of the options.
    [/^conv2d: unknown option \w+; /, () => conv2d(zeros(1, 4, 4, 1), zeros(1, 1, 1, 1), wrong(zeros(1)))],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));

  test.each(named(POOLS.filter(({ name }) => name.startsWith("average"))))(
    "%s refuses a wrong countIncludePad",
    (_name, operator) => {
      for (const [value, shown] of [...NO_INTEGERS.filter(([value]) => value !== true), [0, "0"]] as const) {
        refuses(operator, { countIncludePad: value }, `countIncludePad is ${shown}, expected true or false`);
      }
      refuses(
        operator,
        { countIncludePadding: true },
        "unknown option countIncludePadding; did you mean countIncludePad?",
      );
    },
  );

  test.each(named(PADDINGS))("%s refuses a wrong padding, mode and value", (_name, operator) => {
    const sides = "one integer ≥ 0 or [beginHeight, endHeight, beginWidth, endWidth]";
    for (const [padding, shown] of [...NO_PADDINGS, ["same", '"same"'], ["valid", '"valid"']] as const) {
      refuses(operator, { padding }, `padding is ${shown}, expected ${sides}`);
    }
    refuses(operator, { padding: undefined }, `padding is required: expected ${sides}`);
    const modes = 'expected "constant" or "reflection" or "symmetric" or "edge"';
    refuses(operator, { mode: "reflect" }, `mode is "reflect", ${modes}; did you mean "reflection"?`);
    refuses(operator, { mode: "wrap" }, `mode is "wrap", ${modes}`);
    for (const [value, shown] of [
      ["0", '"0"'],
      [null, "null"],
      [[0], "[0]"],
    ] as const) {
      refuses(operator, { value }, `value is ${shown}, expected a number`);
    }
  });

  test.each(named(REDUCTIONS))("%s refuses wrong axes and keepDimensions", (_name, operator) => {
    for (const [axes, shown] of [
      [[4], "[4]"],
      [[-5], "[-5]"],
      [[1, 1], "[1, 1]"],
      [[0, -4], "[0, -4]"],
      [[0.5], "[0.5]"],
      [["1"], '["1"]'],
      [1, "1"],
      [null, "null"],
      [Int32Array.of(1), "Int32Array of 4 bytes"],
    ] as const) {
      refuses(operator, { axes }, `axes is ${shown}, expected an array of distinct integers from -4 to 3, such as [3]`);
    }
    refuses(operator, { keepDimensions: 1 }, "keepDimensions is 1, expected true or false");
    refuses(operator, { keepDimension: true }, "unknown option keepDimension; did you mean keepDimensions?");
    refuses(operator, { axis: [1] }, "unknown option axis; did you mean axes?");
  });

  test("reduceSum refuses axes of a scalar", () => {
    const message = "reduceSum: axes is [0], expected []: a scalar has no axes";
    expectRefusal(backend(), OptionError, message, () => reduceSum(zeros(), { axes: [0] }));
  });

  test("leakyRelu refuses a wrong alpha", () => {
    for (const call of [leakyRelu, (x: Tensor, options: object) => leakyReluBackward(x, x, options)]) {
      expect(() => call(zeros(2), { alpha: wrong("0.1") })).toThrow('alpha is "0.1", expected a number');
      expect(() => call(zeros(2), wrong({ negativeSlope: 0.1 }))).toThrow(
        "unknown option negativeSlope; known are alpha",
      );
    }
  });

  test("hardSigmoid refuses an alpha and a beta that are not finite as float32", () => {
    for (const call of [hardSigmoid, (x: Tensor, options: object) => hardSigmoidBackward(x, x, options)]) {
      for (const value of [Infinity, -Infinity, NaN, 1e39]) {
        expect(() => call(zeros(2), { alpha: value })).toThrow("alpha is");
        expect(() => call(zeros(2), { beta: value })).toThrow("expected a finite number in the range of float32");
      }
    }
  });

  test("transpose refuses a wrong permutation", () => {
    const x = (): Tensor => zeros(1, 6, 6, 8);
    for (const [permutation, shown] of [
      [[0, 1, 2], "[0, 1, 2]"],
      [[0, 1, 2, 3, 4], "[0, 1, 2, 3, 4]"],
      [[0, 1, 1, 3], "[0, 1, 1, 3]"],
      [[1, 2, 3, 4], "[1, 2, 3, 4]"],
      [[0, 1, -1, 2], "[0, 1, -1, 2]"],
      ["nchw", '"nchw"'],
      [null, "null"],
    ] as const) {
      const message = `transpose: permutation is ${shown}, expected each axis of x [1, 6, 6, 8] once`;
      expectRefusal(backend(), OptionError, message, () => transpose(x(), { permutation: wrong(permutation) }));
    }
  });

  test("an undefined option has its default value", async () => {
    const x = zeros(1, 6, 6, 8);
    const undefinedOptions = {
      strides: undefined,
      padding: undefined,
      dilations: undefined,
      outputShapeRounding: undefined,
    };
    const conv = {
      ...undefinedOptions,
      bias: undefined,
      groups: undefined,
      inputLayout: undefined,
      filterLayout: undefined,
      activation: undefined,
      algorithm: undefined,
    };
    const y = conv2d(x, zeros(3, 3, 8, 4), conv);
    expect(y.shape).toEqual([1, 4, 4, 4]);
    expect(conv2dBackwardInput(y, zeros(3, 3, 8, 4), x.shape, conv).shape).toEqual(x.shape);
    expect(maxPool2d(x, { ...undefinedOptions, windowDimensions: 3, layout: undefined }).shape).toEqual([1, 2, 2, 8]);
    expect(pad2d(x, { padding: 1, mode: undefined, value: undefined, layout: undefined }).shape).toEqual([1, 8, 8, 8]);
    expect(transpose(x, { permutation: undefined }).shape).toEqual([8, 6, 6, 1]);
  });
});
