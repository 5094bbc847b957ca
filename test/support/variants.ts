import {
  abs,
  adagradUpdate,
  adamUpdate,
  averagePool2d,
  averagePool2dBackward,
  batchNormalization,
  batchNormalizationBackward,
  batchNormalizationTraining,
  batchNormalizationTrainingBackward,
  binaryCrossEntropy,
  binaryCrossEntropyBackward,
  clipScale,
  conv2d,
  convTranspose2d,
  cropAndResize,
  cropAndResizeBackward,
  dropout,
  dropoutBackward,
  elu,
  eluBackward,
  gelu,
  geluBackward,
  groupNormalization,
  groupNormalizationBackward,
  hardSigmoid,
  huberBackward,
  instanceNormalizationBackward,
  layerNormalizationBackward,
  leakyRelu,
  matmul,
  maxPool2dBackward,
  meanSquaredError,
  mul,
  reduceMean,
  reduceSum,
  resample2d,
  resample2dBackward,
  rmspropUpdate,
  type Shape,
  sgdUpdate,
  sigmoid,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import type { Operator } from "./operators.js";

// Operators that are not among `ALL_OPERATORS`, and calls of those with more operands or with options that change the
// arithmetic. `classes` are numbers of 8 classes.

type Call<Argument extends string> = (tensor: (argument: Argument) => Tensor) => unknown;

function variant<Argument extends string>(
  name: string,
  tensors: Readonly<Record<Argument, Shape>>,
  call: Call<Argument>,
): Operator {
  return { name, tensors, options: {}, call: (tensor) => call(tensor) };
}

const x = [2, 4, 4, 8];
const c = [8];
const ROWS = { logits: [6, 8], classes: [6], classWeights: c };

const NORMALIZATIONS: readonly Operator[] = [
  variant("batchNormalization", { x, mean: c, variance: c, scale: c, bias: c }, (t) =>
    batchNormalization(t("x"), t("mean"), t("variance"), { scale: t("scale"), bias: t("bias") }),
  ),
  variant("batchNormalizationBackward", { x, mean: c, variance: c, dy: x, scale: c }, (t) =>
    batchNormalizationBackward(t("x"), t("mean"), t("variance"), t("dy"), { scale: t("scale") }),
  ),
  variant("batchNormalizationTraining", { x, scale: c, bias: c }, (t) =>
    batchNormalizationTraining(t("x"), { scale: t("scale"), bias: t("bias") }),
  ),
  variant("batchNormalizationTrainingBackward", { x, mean: c, variance: c, dy: x, scale: c }, (t) =>
    batchNormalizationTrainingBackward(t("x"), t("mean"), t("variance"), t("dy"), { scale: t("scale") }),
  ),
  variant("the gradients of batchNormalizationTraining", { x, dy: x, scale: c }, (t) =>
    valueAndGradients(({ x, scale }) => reduceSum(mul(batchNormalizationTraining(x, { scale }).y, t("dy"))), {
      x: t("x"),
      scale: t("scale"),
    }),
  ),
  variant("groupNormalization with a scale", { x, scale: c, bias: c }, (t) =>
    groupNormalization(t("x"), { groups: 2, scale: t("scale"), bias: t("bias") }),
  ),
  variant("groupNormalizationBackward with a scale", { x, dy: x, scale: c }, (t) =>
    groupNormalizationBackward(t("x"), t("dy"), { groups: 2, scale: t("scale") }),
  ),
  variant("layerNormalizationBackward of the last axis", { x, dy: x, scale: c }, (t) =>
    layerNormalizationBackward(t("x"), t("dy"), { axes: [3], scale: t("scale") }),
  ),
  variant("instanceNormalizationBackward without epsilon", { x, dy: x }, (t) =>
    instanceNormalizationBackward(t("x"), t("dy"), { epsilon: 0 }),
  ),
];

const LOSSES: readonly Operator[] = [
  variant("softmaxCrossEntropy of classes", ROWS, (t) =>
    softmaxCrossEntropy(t("logits"), t("classes"), { classWeights: notNegative(t("classWeights")) }),
  ),
  variant("softmaxCrossEntropyBackward of classes", { ...ROWS, dy: [] }, (t) =>
    softmaxCrossEntropyBackward(t("logits"), t("classes"), t("dy"), { classWeights: notNegative(t("classWeights")) }),
  ),
  variant("softmaxCrossEntropyBackward by rows", { logits: [6, 8], labels: [6, 8], classWeights: c, dy: [6] }, (t) =>
    softmaxCrossEntropyBackward(t("logits"), t("labels"), t("dy"), {
      classWeights: t("classWeights"),
      reduction: "none",
    }),
  ),
  variant("binaryCrossEntropy by elements", { logits: x, targets: x }, (t) =>
    binaryCrossEntropy(t("logits"), t("targets"), { posWeight: 3, reduction: "none" }),
  ),
  variant("binaryCrossEntropyBackward by elements", { logits: x, targets: x, dy: x }, (t) =>
    binaryCrossEntropyBackward(t("logits"), t("targets"), t("dy"), { posWeight: 3, reduction: "none" }),
  ),
  variant("huberBackward by elements", { predictions: x, targets: x, dy: x }, (t) =>
    huberBackward(t("predictions"), t("targets"), t("dy"), { delta: 1e20, reduction: "none" }),
  ),
  variant("meanSquaredError, summed", { predictions: x, targets: x }, (t) =>
    meanSquaredError(t("predictions"), t("targets"), { reduction: "sum" }),
  ),
];

const STEPS: readonly Operator[] = [
  variant("sgdUpdate with a velocity", { w: x, dw: x, velocity: x, hyper: [2] }, (t) =>
    sgdUpdate(t("w"), t("dw"), t("velocity"), t("hyper"), { momentum: 0.9, nesterov: true, weightDecay: 2 }),
  ),
  variant("adamUpdate with weight decay", { w: x, dw: x, m: x, v: x, hyper: [4] }, (t) =>
    adamUpdate(t("w"), t("dw"), t("m"), notNegative(t("v")), t("hyper"), { weightDecay: 2 }),
  ),
  variant("adamUpdate with decoupled weight decay", { w: x, dw: x, m: x, v: x, hyper: [4] }, (t) =>
    adamUpdate(t("w"), t("dw"), t("m"), notNegative(t("v")), t("hyper"), { weightDecay: 2, decoupled: true }),
  ),
  variant("rmspropUpdate with a velocity", { w: x, dw: x, v: x, velocity: x, hyper: [2] }, (t) =>
    rmspropUpdate(t("w"), t("dw"), notNegative(t("v")), t("velocity"), undefined, t("hyper"), {
      momentum: 0.9,
      weightDecay: 2,
    }),
  ),
  variant("rmspropUpdate, centered", { w: x, dw: x, v: x, m: x, hyper: [2] }, (t) =>
    rmspropUpdate(t("w"), t("dw"), notNegative(t("v")), undefined, t("m"), t("hyper"), {
      centered: true,
      weightDecay: 2,
      decoupled: true,
    }),
  ),
  variant("adagradUpdate with decoupled weight decay", { w: x, dw: x, accumulator: x, hyper: [2] }, (t) =>
    adagradUpdate(t("w"), t("dw"), notNegative(t("accumulator")), t("hyper"), { weightDecay: 2, decoupled: true }),
  ),
  variant("clipScale to a large norm", { sumOfSquares: c }, (t) => clipScale(t("sumOfSquares"), 1e25)),
];

/** Averages of squares and weights are not negative. */
const notNegative = (tensor: Tensor) => abs(tensor);

const OTHERS: readonly Operator[] = [
  variant("conv2d with bias and ReLU", { x, w: [3, 3, 8, 8], bias: c }, (t) =>
    conv2d(t("x"), t("w"), { bias: t("bias"), activation: "relu", padding: "same" }),
  ),
  variant("convTranspose2d with bias and ReLU", { x, w: [3, 3, 8, 8], bias: c }, (t) =>
    convTranspose2d(t("x"), t("w"), { bias: t("bias"), activation: "relu" }),
  ),
  variant("matmul with bias and ReLU", { a: [2, 6, 8], b: [2, 8, 8], bias: c }, (t) =>
    matmul(t("a"), t("b"), { bias: t("bias"), activation: "relu" }),
  ),
  variant("averagePool2d that leaves out the padding", { x }, (t) =>
    averagePool2d(t("x"), { windowDimensions: 3, strides: 1, padding: 1, countIncludePad: false }),
  ),
  variant("averagePool2dBackward of overlapping windows", { dy: x }, (t) =>
    averagePool2dBackward(x, t("dy"), { windowDimensions: 3, strides: 1, padding: 1 }),
  ),
  variant("maxPool2dBackward to all ties", { x, dy: x }, (t) =>
    maxPool2dBackward(t("x"), t("dy"), { windowDimensions: 3, strides: 1, padding: 1, ties: "all" }),
  ),
  variant("resample2d, linear", { x }, (t) => resample2d(t("x"), { sizes: [7, 5], mode: "linear" })),
  variant("resample2dBackward, linear", { dy: [2, 7, 5, 8] }, (t) =>
    resample2dBackward(x, t("dy"), { sizes: [7, 5], mode: "linear" }),
  ),
  variant("cropAndResize of boxes inside", { images: x, boxes: [2, 4], boxIndices: [2] }, (t) =>
    cropAndResize(t("images"), inside(t("boxes")), equal(t("boxIndices")), { size: 3 }),
  ),
  variant("cropAndResizeBackward of boxes inside", { dy: [2, 3, 3, 8], boxes: [2, 4], boxIndices: [2] }, (t) =>
    cropAndResizeBackward(x, t("dy"), inside(t("boxes")), equal(t("boxIndices")), { size: 3 }),
  ),
  variant("reduceMean of some axes", { x }, (t) => reduceMean(t("x"), { axes: [1, 2] })),
  variant("reduceSum of some axes", { x }, (t) => reduceSum(t("x"), { axes: [0, 3] })),
  variant("dropout", { x }, (t) => dropout(t("x"), { rate: 0.5, seed: 1 })),
  variant("dropoutBackward", { dy: x }, (t) => dropoutBackward(t("dy"), { rate: 0.5, seed: 1 })),
  variant("elu of a large alpha", { x }, (t) => elu(t("x"), { alpha: 1e20 })),
  variant("eluBackward of a large alpha", { x, dy: x }, (t) => eluBackward(t("x"), t("dy"), { alpha: 1e20 })),
  variant("gelu by tanh", { x }, (t) => gelu(t("x"), { approximate: "tanh" })),
  variant("geluBackward by tanh", { x, dy: x }, (t) => geluBackward(t("x"), t("dy"), { approximate: "tanh" })),
  variant("hardSigmoid of a large slope", { x }, (t) => hardSigmoid(t("x"), { alpha: 1e20, beta: -1e30 })),
  variant("leakyRelu of a large slope", { x }, (t) => leakyRelu(t("x"), { alpha: 1e20 })),
];

/** Numbers in [0, 1], and zeros. */
const inside = (boxes: Tensor) => sigmoid(boxes);
const equal = (indices: Tensor) => indices.backend.zeros(indices.shape);

export const VARIANTS: readonly Operator[] = [...NORMALIZATIONS, ...LOSSES, ...STEPS, ...OTHERS];
