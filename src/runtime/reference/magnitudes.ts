import type { Kernel, Kernels } from "../../core/kernels.js";
import { elementsOf } from "../../core/shape.js";
import { adagradUpdateMagnitude } from "./adagradUpdate.js";
import { adamUpdateMagnitude } from "./adamUpdate.js";
import { batchNormalizationMagnitude } from "./batchNormalization.js";
import { batchNormalizationBackwardMagnitude } from "./batchNormalizationBackward.js";
import { batchNormalizationTrainingMagnitude } from "./batchNormalizationTraining.js";
import { batchNormalizationTrainingBackwardMagnitude } from "./batchNormalizationTrainingBackward.js";
import { cropAndResizeMagnitude } from "./cropAndResize.js";
import { cropAndResizeBackwardMagnitude } from "./cropAndResizeBackward.js";
import { elementwiseMagnitudes } from "./elementwise.js";
import { groupNormalizationMagnitude } from "./groupNormalization.js";
import { groupNormalizationBackwardMagnitude } from "./groupNormalizationBackward.js";
import { kernels } from "./kernels.js";
import { logSoftmaxMagnitude } from "./logSoftmax.js";
import { logSoftmaxBackwardMagnitude } from "./logSoftmaxBackward.js";
import { lossMagnitudes } from "./losses.js";
import { resample2dBackwardMagnitude } from "./resample2dBackward.js";
import { rmspropUpdateMagnitude } from "./rmspropUpdate.js";
import { sgdUpdateMagnitude } from "./sgdUpdate.js";
import { softmaxMagnitude } from "./softmax.js";
import { softmaxBackwardMagnitude } from "./softmaxBackward.js";
import { softmaxCrossEntropyMagnitude } from "./softmaxCrossEntropy.js";
import { softmaxCrossEntropyBackwardMagnitude } from "./softmaxCrossEntropyBackward.js";
import { winogradMagnitude } from "./winogradMagnitude.js";

/**
 * The Σ|terms| of the numerical promise (core/errorBound), for each element of each output. An entry has its kernel's
 * signature, and is called with the same inputs. If an operator's error does not follow from its terms alone, its entry
 * writes another magnitude in the place of their sum.
 */
export const magnitudes: Kernels<Float32Array> = {
  conv2d(attributes, inputs, outputs) {
    if (attributes.winograd) winogradMagnitude(attributes.winograd, inputs, outputs.y);
    else linear(kernels.conv2d, "x", "w", "bias")(attributes, inputs, outputs);
  },
  conv2dBackwardInput(attributes, inputs, outputs) {
    if (attributes.winograd) winogradMagnitude(attributes.winograd, { x: inputs.dy, w: inputs.w }, outputs.dx);
    else linear(kernels.conv2dBackwardInput, "dy", "w")(attributes, inputs, outputs);
  },
  conv2dBackwardFilter: linear(kernels.conv2dBackwardFilter, "x", "dy"),
  conv2dBackwardBias: linear(kernels.conv2dBackwardBias, "dy"),
  convTranspose2d: linear(kernels.convTranspose2d, "x", "w", "bias"),
  matmul: linear(kernels.matmul, "a", "b", "bias"),

  maxPool2d: exact,
  maxPool2dBackward: linear(kernels.maxPool2dBackward, "dy"),
  averagePool2d: mean(kernels.averagePool2d, ({ geometry: g }) => g.r * g.s),
  averagePool2dBackward: linear(kernels.averagePool2dBackward, "dy"),
  globalAveragePool2d: mean(kernels.globalAveragePool2d, ({ pixels }) => pixels),
  globalAveragePool2dBackward: linear(kernels.globalAveragePool2dBackward, "dy"),
  globalMaxPool2d: exact,
  globalMaxPool2dBackward: exact,
  pad2d: exact,
  pad2dBackward: linear(kernels.pad2dBackward, "dy"),
  resample2d: linear(kernels.resample2d, "x"),
  resample2dBackward: resample2dBackwardMagnitude,
  cropAndResize: cropAndResizeMagnitude,
  cropAndResizeBackward: cropAndResizeBackwardMagnitude,

  unary: elementwiseMagnitudes.unary,
  unaryBackward: elementwiseMagnitudes.unaryBackward,
  binary: elementwiseMagnitudes.binary,
  binaryBackward: elementwiseMagnitudes.binaryBackward,
  dropout: linear(kernels.dropout, "x"),

  reduceSum: linear(kernels.reduceSum, "x"),
  reduceSumBackward: exact,
  reduceMean: mean(kernels.reduceMean, ({ shape, keptShape }) => elementsOf(shape) / elementsOf(keptShape)),
  reduceMeanBackward: linear(kernels.reduceMeanBackward, "dy"),
  reduceMax: exact,
  reduceMaxBackward: linear(kernels.reduceMaxBackward, "dy"),
  reduceMin: exact,
  reduceMinBackward: linear(kernels.reduceMinBackward, "dy"),
  argMax: exact,
  softmax: softmaxMagnitude,
  softmaxBackward: softmaxBackwardMagnitude,
  logSoftmax: logSoftmaxMagnitude,
  logSoftmaxBackward: logSoftmaxBackwardMagnitude,
  softmaxCrossEntropy: softmaxCrossEntropyMagnitude,
  softmaxCrossEntropyBackward: softmaxCrossEntropyBackwardMagnitude,
  pointwiseLoss: lossMagnitudes.pointwiseLoss,
  pointwiseLossBackward: lossMagnitudes.pointwiseLossBackward,

  batchNormalization: batchNormalizationMagnitude,
  batchNormalizationBackward: batchNormalizationBackwardMagnitude,
  batchNormalizationTraining: batchNormalizationTrainingMagnitude,
  batchNormalizationTrainingBackward: batchNormalizationTrainingBackwardMagnitude,
  groupNormalization: groupNormalizationMagnitude,
  groupNormalizationBackward: groupNormalizationBackwardMagnitude,

  transpose: exact,
  slice: exact,
  sliceBackward: exact,
  gather: exact,
  gatherBackward: linear(kernels.gatherBackward, "dy"),
  oneHot: exact,
  concat: exact,

  sgdUpdate: sgdUpdateMagnitude,
  adamUpdate: adamUpdateMagnitude,
  rmspropUpdate: rmspropUpdateMagnitude,
  adagradUpdate: adagradUpdateMagnitude,
  clipScale: product(kernels.clipScale),
};

type Arrays = Readonly<Record<string, Float32Array | undefined>>;

/** For a kernel that sums products of these inputs: the kernel over their absolute values. */
function linear<Attributes, Inputs extends Arrays, Outputs>(
  kernel: Kernel<Attributes, Inputs, Outputs>,
  ...factors: readonly (keyof Inputs & string)[]
): Kernel<Attributes, Inputs, Outputs> {
  return (attributes, inputs, outputs) => {
    const absolute = Object.fromEntries(factors.map((name) => [name, inputs[name]?.map(Math.abs)]));
    kernel(attributes, { ...inputs, ...absolute }, outputs);
  };
}

/**
 * For a kernel whose outputs are means: the mean of the absolute values. It is infinite if their sum overflows float32
 * before it is divided, because nothing is promised then.
 *
 * @param mostTerms the number of terms of a mean, at most
 */
function mean<Attributes>(
  kernel: Kernel<Attributes, { readonly x: Float32Array }, { readonly y: Float32Array }>,
  mostTerms: (attributes: Attributes) => number,
): typeof kernel {
  return (attributes, inputs, outputs) => {
    linear(kernel, "x")(attributes, inputs, outputs);
    const terms = mostTerms(attributes);
    const { y } = outputs;
    y.set(
      y.map((magnitude) => (Number.isFinite(Math.fround(magnitude * terms)) ? magnitude : Number.POSITIVE_INFINITY)),
    );
  };
}

/** For a kernel whose output elements are one product each: the absolute value of the product. */
function product<Attributes, Inputs, Outputs extends Arrays>(
  kernel: Kernel<Attributes, Inputs, Outputs>,
): Kernel<Attributes, Inputs, Outputs> {
  return (attributes, inputs, outputs) => {
    kernel(attributes, inputs, outputs);
    for (const values of Object.values<Float32Array | undefined>(outputs)) values?.set(values.map(Math.abs));
  };
}

/** For a kernel that only moves or picks values. It rounds nothing. */
function exact(_attributes: unknown, _inputs: unknown, outputs: Arrays): void {
  for (const values of Object.values(outputs)) values?.fill(0);
}
