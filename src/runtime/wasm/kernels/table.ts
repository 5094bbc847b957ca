import type { Kernels } from "../../../core/kernels.js";
import type { Work } from "../commands/work.js";
import type { Span } from "../memory/linearMemory.js";
import { concat } from "./arrange/concat.js";
import { gather } from "./arrange/gather.js";
import { gatherBackward } from "./arrange/gatherBackward.js";
import { oneHot } from "./arrange/oneHot.js";
import { slice } from "./arrange/slice.js";
import { sliceBackward } from "./arrange/sliceBackward.js";
import { transpose } from "./arrange/transpose.js";
import { conv2d } from "./conv/conv2d.js";
import { conv2dBackwardBias } from "./conv/conv2dBackwardBias.js";
import { conv2dBackwardFilter } from "./conv/conv2dBackwardFilter.js";
import { conv2dBackwardInput } from "./conv/conv2dBackwardInput.js";
import { convTranspose2d } from "./conv/convTranspose2d.js";
import { binary } from "./elementwise/binary.js";
import { binaryBackward } from "./elementwise/binaryBackward.js";
import { dropout } from "./elementwise/dropout.js";
import { unary } from "./elementwise/unary.js";
import { unaryBackward } from "./elementwise/unaryBackward.js";
import { fallbackKernels } from "./fallback.js";
import { logSoftmax } from "./loss/logSoftmax.js";
import { logSoftmaxBackward } from "./loss/logSoftmaxBackward.js";
import { pointwiseLoss } from "./loss/pointwiseLoss.js";
import { pointwiseLossBackward } from "./loss/pointwiseLossBackward.js";
import { softmax } from "./loss/softmax.js";
import { softmaxBackward } from "./loss/softmaxBackward.js";
import { softmaxCrossEntropy } from "./loss/softmaxCrossEntropy.js";
import { softmaxCrossEntropyBackward } from "./loss/softmaxCrossEntropyBackward.js";
import { matmul } from "./matmul/matmul.js";
import { batchNormalization } from "./norm/batchNormalization.js";
import { batchNormalizationBackward } from "./norm/batchNormalizationBackward.js";
import { batchNormalizationTraining } from "./norm/batchNormalizationTraining.js";
import { batchNormalizationTrainingBackward } from "./norm/batchNormalizationTrainingBackward.js";
import { groupNormalization } from "./norm/groupNormalization.js";
import { groupNormalizationBackward } from "./norm/groupNormalizationBackward.js";
import { adagradUpdate } from "./optimizerSteps/adagradUpdate.js";
import { adamUpdate } from "./optimizerSteps/adamUpdate.js";
import { clipScale } from "./optimizerSteps/clipScale.js";
import { rmspropUpdate } from "./optimizerSteps/rmspropUpdate.js";
import { sgdUpdate } from "./optimizerSteps/sgdUpdate.js";
import { pad2d } from "./pad/pad2d.js";
import { pad2dBackward } from "./pad/pad2dBackward.js";
import { averagePool2d } from "./pool/averagePool2d.js";
import { averagePool2dBackward } from "./pool/averagePool2dBackward.js";
import { globalAveragePool2d } from "./pool/globalAveragePool2d.js";
import { globalAveragePool2dBackward } from "./pool/globalAveragePool2dBackward.js";
import { globalMaxPool2d } from "./pool/globalMaxPool2d.js";
import { globalMaxPool2dBackward } from "./pool/globalMaxPool2dBackward.js";
import { maxPool2d } from "./pool/maxPool2d.js";
import { maxPool2dBackward } from "./pool/maxPool2dBackward.js";
import { argMax } from "./reduce/argMax.js";
import { reduceMax } from "./reduce/reduceMax.js";
import { reduceMaxBackward } from "./reduce/reduceMaxBackward.js";
import { reduceMean } from "./reduce/reduceMean.js";
import { reduceMeanBackward } from "./reduce/reduceMeanBackward.js";
import { reduceMin } from "./reduce/reduceMin.js";
import { reduceMinBackward } from "./reduce/reduceMinBackward.js";
import { reduceSum } from "./reduce/reduceSum.js";
import { reduceSumBackward } from "./reduce/reduceSumBackward.js";
import { cropAndResize } from "./resample/cropAndResize.js";
import { cropAndResizeBackward } from "./resample/cropAndResizeBackward.js";
import { resample2d } from "./resample/resample2d.js";
import { resample2dBackward } from "./resample/resample2dBackward.js";

/** The kernels of WebAssembly, working with `work`. Operators without one run the reference on the same memory. */
export function wasmKernels(work: Work, reference: Kernels<Float32Array>): Kernels<Span> {
  return {
    ...fallbackKernels(work, reference),
    adagradUpdate: (attributes, inputs, outputs) => adagradUpdate(work, attributes, inputs, outputs),
    adamUpdate: (attributes, inputs, outputs) => adamUpdate(work, attributes, inputs, outputs),
    argMax: (attributes, inputs, outputs) => argMax(work, attributes, inputs, outputs),
    averagePool2d: (attributes, inputs, outputs) => averagePool2d(work, attributes, inputs, outputs),
    averagePool2dBackward: (attributes, inputs, outputs) => averagePool2dBackward(work, attributes, inputs, outputs),
    batchNormalization: (attributes, inputs, outputs) => batchNormalization(work, attributes, inputs, outputs),
    batchNormalizationBackward: (attributes, inputs, outputs) =>
      batchNormalizationBackward(work, attributes, inputs, outputs),
    batchNormalizationTraining: (attributes, inputs, outputs) =>
      batchNormalizationTraining(work, attributes, inputs, outputs),
    batchNormalizationTrainingBackward: (attributes, inputs, outputs) =>
      batchNormalizationTrainingBackward(work, attributes, inputs, outputs),
    binary: (attributes, inputs, outputs) => binary(work, attributes, inputs, outputs),
    binaryBackward: (attributes, inputs, outputs) => binaryBackward(work, attributes, inputs, outputs),
    clipScale: (attributes, inputs, outputs) => clipScale(work, attributes, inputs, outputs),
    concat: (attributes, inputs, outputs) => concat(work, attributes, inputs, outputs),
    conv2d: (attributes, inputs, outputs) => conv2d(work, attributes, inputs, outputs),
    conv2dBackwardBias: (attributes, inputs, outputs) => conv2dBackwardBias(work, attributes, inputs, outputs),
    conv2dBackwardFilter: (attributes, inputs, outputs) => conv2dBackwardFilter(work, attributes, inputs, outputs),
    conv2dBackwardInput: (attributes, inputs, outputs) => conv2dBackwardInput(work, attributes, inputs, outputs),
    convTranspose2d: (attributes, inputs, outputs) => convTranspose2d(work, attributes, inputs, outputs),
    cropAndResize: (attributes, inputs, outputs) => cropAndResize(work, attributes, inputs, outputs),
    cropAndResizeBackward: (attributes, inputs, outputs) => cropAndResizeBackward(work, attributes, inputs, outputs),
    dropout: (attributes, inputs, outputs) => dropout(work, attributes, inputs, outputs),
    gather: (attributes, inputs, outputs) => gather(work, attributes, inputs, outputs),
    gatherBackward: (attributes, inputs, outputs) => gatherBackward(work, attributes, inputs, outputs),
    globalAveragePool2d: (attributes, inputs, outputs) => globalAveragePool2d(work, attributes, inputs, outputs),
    globalAveragePool2dBackward: (attributes, inputs, outputs) =>
      globalAveragePool2dBackward(work, attributes, inputs, outputs),
    globalMaxPool2d: (attributes, inputs, outputs) => globalMaxPool2d(work, attributes, inputs, outputs),
    globalMaxPool2dBackward: (attributes, inputs, outputs) =>
      globalMaxPool2dBackward(work, attributes, inputs, outputs),
    groupNormalization: (attributes, inputs, outputs) => groupNormalization(work, attributes, inputs, outputs),
    groupNormalizationBackward: (attributes, inputs, outputs) =>
      groupNormalizationBackward(work, attributes, inputs, outputs),
    logSoftmax: (attributes, inputs, outputs) => logSoftmax(work, attributes, inputs, outputs),
    logSoftmaxBackward: (attributes, inputs, outputs) => logSoftmaxBackward(work, attributes, inputs, outputs),
    matmul: (attributes, inputs, outputs) => matmul(work, attributes, inputs, outputs),
    maxPool2d: (attributes, inputs, outputs) => maxPool2d(work, attributes, inputs, outputs),
    maxPool2dBackward: (attributes, inputs, outputs) => maxPool2dBackward(work, attributes, inputs, outputs),
    oneHot: (attributes, inputs, outputs) => oneHot(work, attributes, inputs, outputs),
    pad2d: (attributes, inputs, outputs) => pad2d(work, attributes, inputs, outputs),
    pad2dBackward: (attributes, inputs, outputs) => pad2dBackward(work, attributes, inputs, outputs),
    pointwiseLoss: (attributes, inputs, outputs) => pointwiseLoss(work, attributes, inputs, outputs),
    pointwiseLossBackward: (attributes, inputs, outputs) => pointwiseLossBackward(work, attributes, inputs, outputs),
    reduceMax: (attributes, inputs, outputs) => reduceMax(work, attributes, inputs, outputs),
    reduceMaxBackward: (attributes, inputs, outputs) => reduceMaxBackward(work, attributes, inputs, outputs),
    reduceMean: (attributes, inputs, outputs) => reduceMean(work, attributes, inputs, outputs),
    reduceMeanBackward: (attributes, inputs, outputs) => reduceMeanBackward(work, attributes, inputs, outputs),
    reduceMin: (attributes, inputs, outputs) => reduceMin(work, attributes, inputs, outputs),
    reduceMinBackward: (attributes, inputs, outputs) => reduceMinBackward(work, attributes, inputs, outputs),
    reduceSum: (attributes, inputs, outputs) => reduceSum(work, attributes, inputs, outputs),
    reduceSumBackward: (attributes, inputs, outputs) => reduceSumBackward(work, attributes, inputs, outputs),
    resample2d: (attributes, inputs, outputs) => resample2d(work, attributes, inputs, outputs),
    resample2dBackward: (attributes, inputs, outputs) => resample2dBackward(work, attributes, inputs, outputs),
    rmspropUpdate: (attributes, inputs, outputs) => rmspropUpdate(work, attributes, inputs, outputs),
    sgdUpdate: (attributes, inputs, outputs) => sgdUpdate(work, attributes, inputs, outputs),
    slice: (attributes, inputs, outputs) => slice(work, attributes, inputs, outputs),
    sliceBackward: (attributes, inputs, outputs) => sliceBackward(work, attributes, inputs, outputs),
    softmax: (attributes, inputs, outputs) => softmax(work, attributes, inputs, outputs),
    softmaxBackward: (attributes, inputs, outputs) => softmaxBackward(work, attributes, inputs, outputs),
    softmaxCrossEntropy: (attributes, inputs, outputs) => softmaxCrossEntropy(work, attributes, inputs, outputs),
    softmaxCrossEntropyBackward: (attributes, inputs, outputs) =>
      softmaxCrossEntropyBackward(work, attributes, inputs, outputs),
    transpose: (attributes, inputs, outputs) => transpose(work, attributes, inputs, outputs),
    unary: (attributes, inputs, outputs) => unary(work, attributes, inputs, outputs),
    unaryBackward: (attributes, inputs, outputs) => unaryBackward(work, attributes, inputs, outputs),
  };
}
