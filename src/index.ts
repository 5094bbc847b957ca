// Pooling and padding

export { crop } from "./ops/pad/crop.js";
export { cropBackward } from "./ops/pad/cropBackward.js";
export type { CropOptions } from "./ops/pad/cropOptions.js";
export type { Pad2dOptions } from "./ops/pad/options.js";
export { pad2d } from "./ops/pad/pad2d.js";
export { pad2dBackward } from "./ops/pad/pad2dBackward.js";
export { averagePool2d } from "./ops/pool/averagePool2d.js";
export { averagePool2dBackward } from "./ops/pool/averagePool2dBackward.js";
export { globalAveragePool2d } from "./ops/pool/globalAveragePool2d.js";
export { globalAveragePool2dBackward } from "./ops/pool/globalAveragePool2dBackward.js";
export { globalMaxPool2d } from "./ops/pool/globalMaxPool2d.js";
export { type GlobalMaxPool2dBackwardOptions, globalMaxPool2dBackward } from "./ops/pool/globalMaxPool2dBackward.js";
export { maxPool2d } from "./ops/pool/maxPool2d.js";
export { type MaxPool2dBackwardOptions, maxPool2dBackward } from "./ops/pool/maxPool2dBackward.js";
export type {
  AveragePool2dOptions,
  GlobalAveragePool2dOptions,
  GlobalMaxPool2dOptions,
  Pool2dOptions,
} from "./ops/pool/options.js";

// Backends, tensors and automatic differentiation

export { stopGradient } from "./autograd/stopGradient.js";
export { valueAndGradients } from "./autograd/valueAndGradients.js";
export { createBackend } from "./backend/createBackend.js";
export type { BackendOptions } from "./backend/openBackend.js";
export type { LossReduction, PadMode } from "./core/attributes.js";
export type {
  Backend,
  NewInputs,
  RecordedStep,
  Variable,
} from "./core/backend.js";
export {
  BackendLostError,
  BackendMismatchError,
  BackendUnavailableError,
  DisposedError,
  FileFormatError,
  JobError,
  KernelError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
  ValidationError,
  WebGPUCNNError,
} from "./core/errors.js";
export type { FilterLayout, Layout, OutputShapeRounding, Padding4 } from "./core/geometry.js";
export type {
  BackendInJson,
  BackendMemory,
  ExplainedDispatch,
  ExplainedOperator,
  Explanation,
  Profile,
  ProfiledKernel,
  StepInJson,
  StepPlan,
  ValidationReport,
} from "./core/inspection.js";
export type { NoOptions, Padding, Pair } from "./core/options.js";
export type { BackendInfo, BackendKind, BackendLostInfo, BufferMemory, RecordingPlan } from "./core/runtime.js";
export type { Shape } from "./core/shape.js";
export { reshape, Tensor, type TensorRecord } from "./core/tensor.js";
export type { Tuning } from "./core/tuning.js";
export type { NestedNumbers, TensorData } from "./core/values.js";
export { type ExplainedOptions, explain } from "./ops/explain.js";

// Convolution and matrix products

export { conv2d } from "./ops/conv/conv2d.js";
export { conv2dBackward } from "./ops/conv/conv2dBackward.js";
export { conv2dBackwardBias } from "./ops/conv/conv2dBackwardBias.js";
export { conv2dBackwardFilter } from "./ops/conv/conv2dBackwardFilter.js";
export { conv2dBackwardInput } from "./ops/conv/conv2dBackwardInput.js";
export { convTranspose2d } from "./ops/conv/convTranspose2d.js";
export { convTranspose2dBackward } from "./ops/conv/convTranspose2dBackward.js";
export type { AlgorithmRequest } from "./ops/conv/families/index.js";
export type { Conv2dOptions } from "./ops/conv/options.js";
export type { ConvTranspose2dOptions, TransposedFilterLayout } from "./ops/conv/transposedOptions.js";
export { matmul } from "./ops/matmul/matmul.js";
export { matmulBackward } from "./ops/matmul/matmulBackward.js";
export type { MatmulOptions } from "./ops/matmul/options.js";

// Other operators of a network

export type { BlockOptions } from "./ops/arrange/blocks.js";
export { concat } from "./ops/arrange/concat.js";
export { concatBackward } from "./ops/arrange/concatBackward.js";
export { depthToSpace } from "./ops/arrange/depthToSpace.js";
export { gather } from "./ops/arrange/gather.js";
export { gatherBackward } from "./ops/arrange/gatherBackward.js";
export { type OneHotOptions, oneHot } from "./ops/arrange/oneHot.js";
export type { GatherOptions } from "./ops/arrange/rows.js";
export { slice } from "./ops/arrange/slice.js";
export { sliceBackward } from "./ops/arrange/sliceBackward.js";
export { spaceToDepth } from "./ops/arrange/spaceToDepth.js";
export { type TransposeOptions, transpose } from "./ops/arrange/transpose.js";
export { abs, absBackward } from "./ops/elementwise/abs.js";
export { add, addBackward } from "./ops/elementwise/add.js";
export { type ClipOptions, clip, clipBackward } from "./ops/elementwise/clip.js";
export { div, divBackward } from "./ops/elementwise/div.js";
export { type DropoutOptions, dropout } from "./ops/elementwise/dropout.js";
export { dropoutBackward } from "./ops/elementwise/dropoutBackward.js";
export { type EluOptions, elu, eluBackward } from "./ops/elementwise/elu.js";
export { exp, expBackward } from "./ops/elementwise/exp.js";
export { type GeluOptions, gelu, geluBackward } from "./ops/elementwise/gelu.js";
export { type HardSigmoidOptions, hardSigmoid, hardSigmoidBackward } from "./ops/elementwise/hardSigmoid.js";
export { hardSwish, hardSwishBackward } from "./ops/elementwise/hardSwish.js";
export { type LeakyReluOptions, leakyRelu, leakyReluBackward } from "./ops/elementwise/leakyRelu.js";
export { log, logBackward } from "./ops/elementwise/log.js";
export { maximum, maximumBackward } from "./ops/elementwise/maximum.js";
export { minimum, minimumBackward } from "./ops/elementwise/minimum.js";
export { mul, mulBackward } from "./ops/elementwise/mul.js";
export { neg, negBackward } from "./ops/elementwise/neg.js";
export { pow, powBackward } from "./ops/elementwise/pow.js";
export { prelu, preluBackward } from "./ops/elementwise/prelu.js";
export { relu, reluBackward } from "./ops/elementwise/relu.js";
export { relu6, relu6Backward } from "./ops/elementwise/relu6.js";
export { sigmoid, sigmoidBackward } from "./ops/elementwise/sigmoid.js";
export { silu, siluBackward } from "./ops/elementwise/silu.js";
export { softplus, softplusBackward } from "./ops/elementwise/softplus.js";
export { sqrt, sqrtBackward } from "./ops/elementwise/sqrt.js";
export { square, squareBackward } from "./ops/elementwise/square.js";
export { sub, subBackward } from "./ops/elementwise/sub.js";
export { tanh, tanhBackward } from "./ops/elementwise/tanh.js";
export type { OperandGradients } from "./ops/kit/binary.js";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  binaryCrossEntropyBackward,
} from "./ops/loss/binaryCrossEntropy.js";
export { type HuberOptions, huber, huberBackward } from "./ops/loss/huber.js";
export { logSoftmax } from "./ops/loss/logSoftmax.js";
export { logSoftmaxBackward } from "./ops/loss/logSoftmaxBackward.js";
export { meanAbsoluteError, meanAbsoluteErrorBackward } from "./ops/loss/meanAbsoluteError.js";
export { meanSquaredError, meanSquaredErrorBackward } from "./ops/loss/meanSquaredError.js";
export type { SoftmaxCrossEntropyOptions } from "./ops/loss/options.js";
export type { LossGradients, PointwiseLossOptions } from "./ops/loss/pointwise.js";
export { softmax } from "./ops/loss/softmax.js";
export { softmaxBackward } from "./ops/loss/softmaxBackward.js";
export { softmaxCrossEntropy } from "./ops/loss/softmaxCrossEntropy.js";
export { softmaxCrossEntropyBackward } from "./ops/loss/softmaxCrossEntropyBackward.js";
export { batchNormalization } from "./ops/norm/batchNormalization.js";
export {
  type BatchNormalizationGradients,
  batchNormalizationBackward,
} from "./ops/norm/batchNormalizationBackward.js";
export {
  batchNormalizationTraining,
  type NormalizedBatch,
} from "./ops/norm/batchNormalizationTraining.js";
export {
  type BatchNormalizationTrainingGradients,
  batchNormalizationTrainingBackward,
} from "./ops/norm/batchNormalizationTrainingBackward.js";
export { groupNormalization } from "./ops/norm/groupNormalization.js";
export { type GroupNormalizationGradients, groupNormalizationBackward } from "./ops/norm/groupNormalizationBackward.js";
export type {
  GroupNormalizationOptions,
  InstanceNormalizationOptions,
  LayerNormalizationOptions,
} from "./ops/norm/groupOptions.js";
export { instanceNormalization } from "./ops/norm/instanceNormalization.js";
export { instanceNormalizationBackward } from "./ops/norm/instanceNormalizationBackward.js";
export { layerNormalization } from "./ops/norm/layerNormalization.js";
export { layerNormalizationBackward } from "./ops/norm/layerNormalizationBackward.js";
export type { BatchNormalizationOptions } from "./ops/norm/options.js";
export { type AdagradUpdateOptions, adagradUpdate } from "./ops/optimizerSteps/adagradUpdate.js";
export { type AdamUpdateOptions, adamUpdate } from "./ops/optimizerSteps/adamUpdate.js";
export { clipScale } from "./ops/optimizerSteps/clipScale.js";
export { type RmspropUpdate, type RmspropUpdateOptions, rmspropUpdate } from "./ops/optimizerSteps/rmspropUpdate.js";
export { type SgdUpdateOptions, sgdUpdate } from "./ops/optimizerSteps/sgdUpdate.js";
export { type ArgMaxOptions, argMax } from "./ops/reduce/argMax.js";
export { reduceMax } from "./ops/reduce/reduceMax.js";
export { reduceMaxBackward } from "./ops/reduce/reduceMaxBackward.js";
export { reduceMean } from "./ops/reduce/reduceMean.js";
export { reduceMeanBackward } from "./ops/reduce/reduceMeanBackward.js";
export { reduceMin } from "./ops/reduce/reduceMin.js";
export { reduceMinBackward } from "./ops/reduce/reduceMinBackward.js";
export { reduceSum } from "./ops/reduce/reduceSum.js";
export { reduceSumBackward } from "./ops/reduce/reduceSumBackward.js";
export type { ReduceOptions } from "./ops/reduce/reduction.js";
export { cropAndResize } from "./ops/resample/cropAndResize.js";
export { cropAndResizeBackward } from "./ops/resample/cropAndResizeBackward.js";
export type { CropAndResizeOptions } from "./ops/resample/cropAndResizeOptions.js";
export type { Resample2dOptions, ResampleCoordinates } from "./ops/resample/options.js";
export { resample2d } from "./ops/resample/resample2d.js";
export { resample2dBackward } from "./ops/resample/resample2dBackward.js";
