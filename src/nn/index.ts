export type { RandomNumbers } from "../core/random.js";
export type { ActivationName } from "./activations.js";
export type { Checkpoint, LoadedCheckpoint } from "./checkpoint.js";
export * from "./initializers.js";
export { type BuildScope, type BuiltLayer, type CallContext, Layer, type Weight } from "./layer.js";
export { BatchNorm, type BatchNormOptions } from "./layers/batchNorm.js";
export {
  Conv2D,
  type Conv2DOptions,
  type Convolution,
  type ConvolutionOptions,
  ConvTranspose2D,
  type ConvTranspose2DOptions,
  DepthwiseConv2D,
  type DepthwiseConv2DOptions,
} from "./layers/convolutions.js";
export { Dense, type DenseOptions } from "./layers/dense.js";
export { AveragePool2D, GlobalAveragePool2D, MaxPool2D, type Pool2D, type Pool2DOptions } from "./layers/pools.js";
export { Activation, Dropout, Flatten, Residual, type ResidualOptions } from "./layers/shaping.js";
export type { Loss } from "./losses.js";
export * from "./optimizers.js";
export * from "./schedules.js";
export { type BuildOptions, type CompileOptions, Sequential } from "./sequential.js";
export { Summary } from "./summary.js";
export type { EvaluateOptions, Evaluation, FitOptions, FitProgress } from "./training.js";
