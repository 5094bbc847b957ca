// Modules run in the order of these sections, and bundles keep it: the pools' kernels, which are alike, stand side by side in this one, and
// compress the better for it by half a KiB.

// Pooling and padding

export { type AveragePool2dOptions, averagePool2d } from "./ops/averagePool2d.js";
export { averagePool2dBackward } from "./ops/averagePool2dBackward.js";
export { globalAveragePool2d } from "./ops/globalAveragePool2d.js";
export { globalAveragePool2dBackward } from "./ops/globalAveragePool2dBackward.js";
export { maxPool2d } from "./ops/maxPool2d.js";
export { type MaxPool2dBackwardOptions, maxPool2dBackward } from "./ops/maxPool2dBackward.js";
export type { GlobalAveragePool2dOptions, LeakyReluOptions, Pad2dOptions, Pool2dOptions } from "./ops/options.js";
export { pad2d } from "./ops/pad2d.js";
export { pad2dBackward } from "./ops/pad2dBackward.js";

// Backends, tensors, and what works on whole programs

export { valueAndGradients } from "./autograd.js";
export type { Backend, BackendMemory } from "./backend.js";
export { createBackend } from "./createBackend.js";
export {
  BackendLostError,
  BackendMismatchError,
  BackendUnavailableError,
  DisposedError,
  FileFormatError,
  KernelError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
  ValidationError,
  WebGPUCNNError,
} from "./errors.js";
export { explain } from "./explain.js";
export type { ExplainedDispatch, ExplainedOperator, Explanation } from "./explanation.js";
export type { FilterLayout, Layout, OutputShapeRounding, Padding4 } from "./geometry.js";
export type { BackendOptions } from "./openBackend.js";
export type { Padding, Pair } from "./options.js";
export type { Profile, ProfiledKernel } from "./profile.js";
export type { RecordedStep, StepPlan, TensorRecord } from "./recordedStep.js";
export type { BackendInfo, BackendLostInfo } from "./runtime.js";
export { type NestedNumbers, reshape, type Shape, Tensor } from "./tensor.js";
export type { Tuning } from "./tuning.js";
export type { ValidationReport } from "./validation.js";
export type { TensorData } from "./values.js";
export { Variable } from "./variable.js";

// Convolution, and what runs through its kernels

export { conv2d } from "./ops/conv2d/conv2d.js";
export { conv2dBackward } from "./ops/conv2d/conv2dBackward.js";
export { conv2dBackwardBias } from "./ops/conv2d/conv2dBackwardBias.js";
export { conv2dBackwardFilter } from "./ops/conv2d/conv2dBackwardFilter.js";
export { conv2dBackwardInput } from "./ops/conv2d/conv2dBackwardInput.js";
export { convTranspose2d } from "./ops/conv2d/convTranspose2d.js";
export { convTranspose2dBackward } from "./ops/conv2d/convTranspose2dBackward.js";
export { type MatmulOptions, matmul } from "./ops/conv2d/matmul.js";
export { matmulBackward } from "./ops/conv2d/matmulBackward.js";
export type { Conv2dOptions } from "./ops/conv2d/options.js";
export type { ConvTranspose2dOptions, TransposedFilterLayout } from "./ops/conv2d/transposedOptions.js";

// What a network needs besides

export { add } from "./ops/add.js";
export { addBackward } from "./ops/addBackward.js";
export { batchNormalization } from "./ops/batchNormalization/batchNormalization.js";
export {
  type BatchNormalizationGradients,
  batchNormalizationBackward,
} from "./ops/batchNormalization/batchNormalizationBackward.js";
export {
  batchNormalizationTraining,
  type NormalizedBatch,
} from "./ops/batchNormalization/batchNormalizationTraining.js";
export { batchNormalizationTrainingBackward } from "./ops/batchNormalization/batchNormalizationTrainingBackward.js";
export type { BatchNormalizationOptions } from "./ops/batchNormalization/options.js";
export { clipScale } from "./ops/clipScale.js";
export { concat } from "./ops/concat.js";
export { concatBackward } from "./ops/concatBackward.js";
export { type DropoutOptions, dropout } from "./ops/dropout.js";
export { dropoutBackward } from "./ops/dropoutBackward.js";
export { leakyRelu } from "./ops/leakyRelu.js";
export { leakyReluBackward } from "./ops/leakyReluBackward.js";
export { meanSquaredError } from "./ops/losses/meanSquaredError.js";
export { meanSquaredErrorBackward } from "./ops/losses/meanSquaredErrorBackward.js";
export type { SoftmaxCrossEntropyOptions } from "./ops/losses/options.js";
export { softmaxCrossEntropy } from "./ops/losses/softmaxCrossEntropy.js";
export { softmaxCrossEntropyBackward } from "./ops/losses/softmaxCrossEntropyBackward.js";
export { mul } from "./ops/mul.js";
export { mulBackward } from "./ops/mulBackward.js";
export { reduceMean } from "./ops/reduceMean.js";
export { reduceMeanBackward } from "./ops/reduceMeanBackward.js";
export { reduceSum } from "./ops/reduceSum.js";
export { reduceSumBackward } from "./ops/reduceSumBackward.js";
export type { ReduceOptions } from "./ops/reduction.js";
export { relu } from "./ops/relu.js";
export { reluBackward } from "./ops/reluBackward.js";
export { resample2d } from "./ops/resample2d.js";
export { resample2dBackward } from "./ops/resample2dBackward.js";
export type { Resample2dOptions } from "./ops/resampling.js";
export { sigmoid } from "./ops/sigmoid.js";
export { sigmoidBackward } from "./ops/sigmoidBackward.js";
export { slice } from "./ops/slice.js";
export { sliceBackward } from "./ops/sliceBackward.js";
export { softmax } from "./ops/softmax.js";
export { softmaxBackward } from "./ops/softmaxBackward.js";
export { tanh } from "./ops/tanh.js";
export { tanhBackward } from "./ops/tanhBackward.js";
export { type TransposeOptions, transpose } from "./ops/transpose.js";
export { type AdamUpdateOptions, adamUpdate } from "./ops/updates/adamUpdate.js";
export { type SgdUpdateOptions, sgdUpdate } from "./ops/updates/sgdUpdate.js";
