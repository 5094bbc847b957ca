import type { Kernels } from "../../core/kernels.js";
import { adagradUpdate } from "./adagradUpdate.js";
import { adamUpdate } from "./adamUpdate.js";
import { argMax } from "./argMax.js";
import { averagePool2d } from "./averagePool2d.js";
import { averagePool2dBackward } from "./averagePool2dBackward.js";
import { batchNormalization } from "./batchNormalization.js";
import { batchNormalizationBackward } from "./batchNormalizationBackward.js";
import { batchNormalizationTraining } from "./batchNormalizationTraining.js";
import { batchNormalizationTrainingBackward } from "./batchNormalizationTrainingBackward.js";
import { clipScale } from "./clipScale.js";
import { concat } from "./concat.js";
import { conv2d } from "./conv2d.js";
import { conv2dBackwardBias } from "./conv2dBackwardBias.js";
import { conv2dBackwardFilter } from "./conv2dBackwardFilter.js";
import { conv2dBackwardInput } from "./conv2dBackwardInput.js";
import { convTranspose2d } from "./convTranspose2d.js";
import { cropAndResize } from "./cropAndResize.js";
import { cropAndResizeBackward } from "./cropAndResizeBackward.js";
import { dropout } from "./dropout.js";
import { binary, binaryBackward, unary, unaryBackward } from "./elementwise.js";
import { gather } from "./gather.js";
import { gatherBackward } from "./gatherBackward.js";
import { globalAveragePool2d } from "./globalAveragePool2d.js";
import { globalAveragePool2dBackward } from "./globalAveragePool2dBackward.js";
import { globalMaxPool2d } from "./globalMaxPool2d.js";
import { globalMaxPool2dBackward } from "./globalMaxPool2dBackward.js";
import { groupNormalization } from "./groupNormalization.js";
import { groupNormalizationBackward } from "./groupNormalizationBackward.js";
import { logSoftmax } from "./logSoftmax.js";
import { logSoftmaxBackward } from "./logSoftmaxBackward.js";
import { pointwiseLoss, pointwiseLossBackward } from "./losses.js";
import { matmul } from "./matmul.js";
import { maxPool2d } from "./maxPool2d.js";
import { maxPool2dBackward } from "./maxPool2dBackward.js";
import { oneHot } from "./oneHot.js";
import { pad2d } from "./pad2d.js";
import { pad2dBackward } from "./pad2dBackward.js";
import { reduceMax } from "./reduceMax.js";
import { reduceMaxBackward } from "./reduceMaxBackward.js";
import { reduceMean } from "./reduceMean.js";
import { reduceMeanBackward } from "./reduceMeanBackward.js";
import { reduceMin } from "./reduceMin.js";
import { reduceMinBackward } from "./reduceMinBackward.js";
import { reduceSum } from "./reduceSum.js";
import { reduceSumBackward } from "./reduceSumBackward.js";
import { resample2d } from "./resample2d.js";
import { resample2dBackward } from "./resample2dBackward.js";
import { rmspropUpdate } from "./rmspropUpdate.js";
import { sgdUpdate } from "./sgdUpdate.js";
import { slice } from "./slice.js";
import { sliceBackward } from "./sliceBackward.js";
import { softmax } from "./softmax.js";
import { softmaxBackward } from "./softmaxBackward.js";
import { softmaxCrossEntropy } from "./softmaxCrossEntropy.js";
import { softmaxCrossEntropyBackward } from "./softmaxCrossEntropyBackward.js";
import { transpose } from "./transpose.js";

/**
 * The reference: a plain loop for every operator, with float64 accumulators. `validate` and the tests compare the other
 * runtimes with it. It is loaded only if a backend validates or is of kind "cpu".
 */
export const kernels: Kernels<Float32Array> = {
  conv2d,
  conv2dBackwardInput,
  conv2dBackwardFilter,
  conv2dBackwardBias,
  convTranspose2d,
  matmul,

  maxPool2d,
  maxPool2dBackward,
  averagePool2d,
  averagePool2dBackward,
  globalAveragePool2d,
  globalAveragePool2dBackward,
  globalMaxPool2d,
  globalMaxPool2dBackward,
  pad2d,
  pad2dBackward,
  resample2d,
  resample2dBackward,
  cropAndResize,
  cropAndResizeBackward,

  unary,
  unaryBackward,
  binary,
  binaryBackward,
  dropout,

  reduceSum,
  reduceSumBackward,
  reduceMean,
  reduceMeanBackward,
  reduceMax,
  reduceMaxBackward,
  reduceMin,
  reduceMinBackward,
  argMax,
  softmax,
  softmaxBackward,
  logSoftmax,
  logSoftmaxBackward,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  pointwiseLoss,
  pointwiseLossBackward,

  batchNormalization,
  batchNormalizationBackward,
  batchNormalizationTraining,
  batchNormalizationTrainingBackward,
  groupNormalization,
  groupNormalizationBackward,

  transpose,
  slice,
  sliceBackward,
  gather,
  gatherBackward,
  oneHot,
  concat,

  sgdUpdate,
  adamUpdate,
  rmspropUpdate,
  adagradUpdate,
  clipScale,
};
