import {
  adagradUpdate,
  adamUpdate,
  addBackward,
  argMax,
  averagePool2d,
  averagePool2dBackward,
  binaryCrossEntropy,
  binaryCrossEntropyBackward,
  clipScale,
  concat,
  concatBackward,
  conv2d,
  conv2dBackward,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  convTranspose2d,
  convTranspose2dBackward,
  crop,
  cropAndResize,
  cropAndResizeBackward,
  cropBackward,
  depthToSpace,
  gather,
  gatherBackward,
  globalAveragePool2d,
  globalAveragePool2dBackward,
  globalMaxPool2d,
  globalMaxPool2dBackward,
  groupNormalization,
  groupNormalizationBackward,
  huber,
  huberBackward,
  instanceNormalization,
  instanceNormalizationBackward,
  layerNormalization,
  layerNormalizationBackward,
  logSoftmax,
  logSoftmaxBackward,
  matmul,
  matmulBackward,
  maxPool2d,
  maxPool2dBackward,
  meanAbsoluteError,
  meanAbsoluteErrorBackward,
  meanSquaredError,
  meanSquaredErrorBackward,
  oneHot,
  pad2d,
  pad2dBackward,
  reduceMax,
  reduceMaxBackward,
  reduceMean,
  reduceMeanBackward,
  reduceMin,
  reduceMinBackward,
  reduceSum,
  reduceSumBackward,
  resample2d,
  resample2dBackward,
  rmspropUpdate,
  type Shape,
  sgdUpdate,
  slice,
  sliceBackward,
  softmax,
  softmaxBackward,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  spaceToDepth,
  subBackward,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import { BINARY_OPERATORS, UNARY_OPERATORS, type UnaryOperator } from "./elementwise.js";
import { wrong } from "./wrong.js";

/** An operator with valid operands and options, for tests of all operators. */
export interface Operator {
  readonly name: string;
  /** The shapes of its tensors by the names of the arguments. */
  readonly tensors: Readonly<Record<string, Shape>>;
  readonly options: object;
  /** Calls it with any tensors and options, right or wrong. */
  call(tensor: (argument: string) => Tensor, options: unknown): unknown;
}

function operator<Argument extends string, Options extends object>(
  name: string,
  tensors: Readonly<Record<Argument, Shape>>,
  options: Options,
  call: (tensor: (argument: Argument) => Tensor, options: Options) => unknown,
): Operator {
  return { name, tensors, options, call: (tensor, given) => call(tensor, wrong<Options>(given)) };
}

const x = [1, 6, 6, 8];
const NEAREST = { scales: 2, mode: "nearest" } as const;

export const CONVOLUTIONS: readonly Operator[] = [
  operator("conv2d", { x, w: [3, 3, 4, 16] }, { groups: 2 }, (t, options) => conv2d(t("x"), t("w"), options)),
  operator("conv2dBackwardInput", { dy: [1, 4, 4, 16], w: [3, 3, 4, 16] }, { groups: 2 }, (t, options) =>
    conv2dBackwardInput(t("dy"), t("w"), x, options),
  ),
  operator("conv2dBackwardFilter", { x, dy: [1, 4, 4, 16] }, { groups: 2 }, (t, options) =>
    conv2dBackwardFilter(t("x"), t("dy"), [3, 3, 4, 16], options),
  ),
  operator("conv2dBackwardBias", { dy: [1, 4, 4, 16] }, { groups: 2 }, (t, options) =>
    conv2dBackwardBias(t("dy"), options),
  ),
  operator("conv2dBackward", { x, w: [3, 3, 4, 16], dy: [1, 4, 4, 16] }, { groups: 2 }, (t, options) =>
    conv2dBackward(t("x"), t("w"), t("dy"), options),
  ),
];

export const POOLS: readonly Operator[] = [
  operator("maxPool2d", { x }, { windowDimensions: 2 }, (t, options) => maxPool2d(t("x"), options)),
  operator("maxPool2dBackward", { x, dy: [1, 3, 3, 8] }, { windowDimensions: 2 }, (t, options) =>
    maxPool2dBackward(t("x"), t("dy"), options),
  ),
  operator("averagePool2d", { x }, { windowDimensions: 2 }, (t, options) => averagePool2d(t("x"), options)),
  operator("averagePool2dBackward", { dy: [1, 3, 3, 8] }, { windowDimensions: 2 }, (t, options) =>
    averagePool2dBackward(x, t("dy"), options),
  ),
];

export const PADDINGS: readonly Operator[] = [
  operator("pad2d", { x }, { padding: 1 }, (t, options) => pad2d(t("x"), options)),
  operator("pad2dBackward", { dy: [1, 8, 8, 8] }, { padding: 1 }, (t, options) => pad2dBackward(x, t("dy"), options)),
];

const CROPPINGS: readonly Operator[] = [
  operator("crop", { x }, { cropping: 1 }, (t, options) => crop(t("x"), options)),
  operator("cropBackward", { dy: [1, 4, 4, 8] }, { cropping: 1 }, (t, options) => cropBackward(x, t("dy"), options)),
];

const BLOCKS: readonly Operator[] = [
  operator("depthToSpace", { x }, { blockSize: 2 }, (t, options) => depthToSpace(t("x"), options)),
  operator("spaceToDepth", { x }, { blockSize: 2 }, (t, options) => spaceToDepth(t("x"), options)),
];

export const REDUCTIONS: readonly Operator[] = [
  operator("reduceSum", { x }, {}, (t, options) => reduceSum(t("x"), options)),
  operator("reduceSumBackward", { dy: [] }, {}, (t, options) => reduceSumBackward(x, t("dy"), options)),
  operator("reduceMean", { x }, {}, (t, options) => reduceMean(t("x"), options)),
  operator("reduceMeanBackward", { dy: [] }, {}, (t, options) => reduceMeanBackward(x, t("dy"), options)),
  operator("reduceMax", { x }, {}, (t, options) => reduceMax(t("x"), options)),
  operator("reduceMaxBackward", { x, dy: [] }, {}, (t, options) => reduceMaxBackward(t("x"), t("dy"), options)),
  operator("reduceMin", { x }, {}, (t, options) => reduceMin(t("x"), options)),
  operator("reduceMinBackward", { x, dy: [] }, {}, (t, options) => reduceMinBackward(t("x"), t("dy"), options)),
];

const CROSS_ENTROPY = { labelSmoothing: 0.1 };

const POINTWISE_LOSSES = [
  ["binaryCrossEntropy", "logits", binaryCrossEntropy, binaryCrossEntropyBackward],
  ["huber", "predictions", huber, huberBackward],
  ["meanAbsoluteError", "predictions", meanAbsoluteError, meanAbsoluteErrorBackward],
  ["meanSquaredError", "predictions", meanSquaredError, meanSquaredErrorBackward],
] as const;

const SOFTMAXES = [
  ["softmax", softmax, softmaxBackward],
  ["logSoftmax", logSoftmax, logSoftmaxBackward],
] as const;

function unaryAndBackward({ name, gradientFrom, forward, backward }: UnaryOperator): Operator[] {
  return [
    operator(name, { x }, {}, (t, options) => forward(t("x"), options)),
    operator(`${name}Backward`, { [gradientFrom]: x, dy: x }, {}, (t, options) =>
      backward(t(gradientFrom), t("dy"), options),
    ),
  ];
}

/** The operators whose options have names. For the others, see `ALL_OPERATORS`. */
export const OPERATORS: readonly Operator[] = [
  ...CONVOLUTIONS,
  ...POOLS,
  ...PADDINGS,
  ...CROPPINGS,
  ...BLOCKS,
  ...REDUCTIONS,
  operator("gather", { x, indices: [3] }, {}, (t, options) => gather(t("x"), t("indices"), options)),
  operator("gatherBackward", { indices: [3], dy: [3, 6, 6, 8] }, {}, (t, options) =>
    gatherBackward(x, t("indices"), t("dy"), options),
  ),
  operator("oneHot", { indices: [3] }, { depth: 4 }, (t, options) => oneHot(t("indices"), options)),
  operator("argMax", { x }, { axis: 3 }, (t, options) => argMax(t("x"), options)),
  operator("matmul", { a: [6, 8], b: [8, 4] }, {}, (t, options) => matmul(t("a"), t("b"), options)),
  operator("matmulBackward", { a: [6, 8], b: [8, 4], dy: [6, 4] }, {}, (t, options) =>
    matmulBackward(t("a"), t("b"), t("dy"), options),
  ),
  operator("convTranspose2d", { x, w: [3, 3, 2, 8] }, { groups: 2 }, (t, options) =>
    convTranspose2d(t("x"), t("w"), options),
  ),
  operator("convTranspose2dBackward", { x, w: [3, 3, 2, 8], dy: [1, 8, 8, 4] }, { groups: 2 }, (t, options) =>
    convTranspose2dBackward(t("x"), t("w"), t("dy"), options),
  ),
  operator("globalAveragePool2d", { x }, {}, (t, options) => globalAveragePool2d(t("x"), options)),
  operator("globalAveragePool2dBackward", { dy: [1, 1, 1, 8] }, {}, (t, options) =>
    globalAveragePool2dBackward(x, t("dy"), options),
  ),
  operator("globalMaxPool2d", { x }, {}, (t, options) => globalMaxPool2d(t("x"), options)),
  operator("globalMaxPool2dBackward", { x, dy: [1, 1, 1, 8] }, {}, (t, options) =>
    globalMaxPool2dBackward(t("x"), t("dy"), options),
  ),
  operator("layerNormalization", { x }, {}, (t, options) => layerNormalization(t("x"), options)),
  operator("layerNormalizationBackward", { x, dy: x }, {}, (t, options) =>
    layerNormalizationBackward(t("x"), t("dy"), options),
  ),
  operator("groupNormalization", { x }, { groups: 4 }, (t, options) => groupNormalization(t("x"), options)),
  operator("groupNormalizationBackward", { x, dy: x }, { groups: 4 }, (t, options) =>
    groupNormalizationBackward(t("x"), t("dy"), options),
  ),
  operator("instanceNormalization", { x }, {}, (t, options) => instanceNormalization(t("x"), options)),
  operator("instanceNormalizationBackward", { x, dy: x }, {}, (t, options) =>
    instanceNormalizationBackward(t("x"), t("dy"), options),
  ),
  operator("resample2d", { x }, NEAREST, (t, options) => resample2d(t("x"), options)),
  operator("resample2dBackward", { dy: [1, 12, 12, 8] }, NEAREST, (t, options) =>
    resample2dBackward(x, t("dy"), options),
  ),
  operator("softmaxCrossEntropy", { logits: [6, 8], labels: [6, 8] }, CROSS_ENTROPY, (t, options) =>
    softmaxCrossEntropy(t("logits"), t("labels"), options),
  ),
  operator("softmaxCrossEntropyBackward", { logits: [6, 8], labels: [6, 8], dy: [] }, CROSS_ENTROPY, (t, options) =>
    softmaxCrossEntropyBackward(t("logits"), t("labels"), t("dy"), options),
  ),
  ...POINTWISE_LOSSES.flatMap(([name, argument, forward, backward]) => [
    operator(name, { [argument]: x, targets: x }, {}, (t, options) => forward(t(argument), t("targets"), options)),
    operator(`${name}Backward`, { [argument]: x, targets: x, dy: [] }, {}, (t, options) =>
      backward(t(argument), t("targets"), t("dy"), options),
    ),
  ]),
  operator("cropAndResize", { images: x, boxes: [2, 4], boxIndices: [2] }, { size: 3 }, (t, options) =>
    cropAndResize(t("images"), t("boxes"), t("boxIndices"), options),
  ),
  operator("cropAndResizeBackward", { dy: [2, 3, 3, 8], boxes: [2, 4], boxIndices: [2] }, { size: 3 }, (t, options) =>
    cropAndResizeBackward(x, t("dy"), t("boxes"), t("boxIndices"), options),
  ),
  operator("transpose", { x }, {}, (t, options) => transpose(t("x"), options)),
  ...UNARY_OPERATORS.filter(({ options }) => options.length > 0).flatMap(unaryAndBackward),
  // Without its velocity, which may be undefined.
  operator("sgdUpdate", { w: x, dw: x, hyper: [2] }, {}, (t, options) =>
    sgdUpdate(t("w"), t("dw"), undefined, t("hyper"), options),
  ),
  // A beta2 of 0 ignores v, and this seed for hyper gives no root of a negative number.
  operator("adamUpdate", { w: x, hyper: [4], dw: x, m: x, v: x }, { beta2: 0 }, (t, options) =>
    adamUpdate(t("w"), t("dw"), t("m"), t("v"), t("hyper"), options),
  ),
  // Without a velocity and an m, which may be undefined. A rho of 0 ignores v.
  operator("rmspropUpdate", { w: x, dw: x, v: x, hyper: [2] }, { rho: 0 }, (t, options) =>
    rmspropUpdate(t("w"), t("dw"), t("v"), undefined, undefined, t("hyper"), options),
  ),
  // This epsilon keeps the sum above 0 for every accumulator.
  operator("adagradUpdate", { w: x, dw: x, accumulator: x, hyper: [2] }, { epsilon: 2 }, (t, options) =>
    adagradUpdate(t("w"), t("dw"), t("accumulator"), t("hyper"), options),
  ),
];

export const ALL_OPERATORS: readonly Operator[] = [
  ...OPERATORS,
  operator("concat", { "inputs[0]": x, "inputs[1]": x }, {}, (t) => concat([t("inputs[0]"), t("inputs[1]")], 3)),
  operator("concatBackward", { dy: x }, {}, (t) =>
    concatBackward(
      [
        [1, 6, 6, 3],
        [1, 6, 6, 5],
      ],
      t("dy"),
      3,
    ),
  ),
  operator("slice", { x }, {}, (t) => slice(t("x"), [0, 1, 1, 0], [1, 4, 4, 8])),
  operator("sliceBackward", { dy: [1, 4, 4, 8] }, {}, (t) => sliceBackward(x, t("dy"), [0, 1, 1, 0])),
  ...SOFTMAXES.flatMap(([name, forward, backward]) => [
    operator(name, { x }, {}, (t) => forward(t("x"))),
    operator(`${name}Backward`, { y: x, dy: x }, {}, (t) => backward(t("y"), t("dy"))),
  ]),
  operator("clipScale", { sumOfSquares: [] }, {}, (t) => clipScale(t("sumOfSquares"), 1)),
  ...UNARY_OPERATORS.filter(({ options }) => options.length === 0).flatMap(unaryAndBackward),
  ...BINARY_OPERATORS.map(({ name, operands: [a, b], forward }) =>
    operator(name, { [a]: x, [b]: [8] }, {}, (t) => forward(t(a), t(b))),
  ),
  ...BINARY_OPERATORS.filter(({ backwardByShapes }) => !backwardByShapes).map(({ name, operands: [a, b], backward }) =>
    operator(`${name}Backward`, { [a]: x, [b]: [8], dy: x }, {}, (t) => backward(t(a), t(b), t("dy"))),
  ),
  operator("addBackward", { dy: x }, {}, (t) => addBackward(x, [8], t("dy"))),
  operator("subBackward", { dy: x }, {}, (t) => subBackward(x, [8], t("dy"))),
];

/** For the titles of a `test.each`. */
export function named(operators: readonly Operator[]): (readonly [name: string, operator: Operator])[] {
  return operators.map((operator) => [operator.name, operator]);
}
