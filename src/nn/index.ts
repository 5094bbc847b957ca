export type { RandomNumbers } from "../core/random.js";
export type { ActivationName } from "./activations.js";
export type { ByOutput, CompileOptions } from "./compile.js";
export type { AugmentFunction, AugmentOptions } from "./data/augment.js";
export type { DatasetValues } from "./data/columns.js";
export type { Dataset, LabelledImages, NamedExamples, NamedValues } from "./data/dataset.js";
export type { DatasetBatches, DatasetStream } from "./data/source.js";

export type { FileTensor, ModelFile, ModelFileData } from "./files/format.js";
export type { LayerClass } from "./files/knownLayers.js";
export { type LoadModelOptions, loadModel } from "./files/loadModel.js";
export type { LoadedWeights, LoadWeightsOptions } from "./files/loadWeights.js";
export type { ExampleShape } from "./graph/extents.js";
export { GraphTensor, type InputOptions, input } from "./graph/graphTensor.js";
export {
  constant,
  type Fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  type InitializerName,
  lecunNormal,
  lecunUniform,
  ones,
  zeros,
} from "./initializers.js";
export { type BuildScope, type CallContext, type ConfigValue, Layer, type LayerConfig } from "./layer.js";
export { Activation, type ActivationOptions } from "./layers/activation.js";
export {
  Conv2D,
  type Conv2DOptions,
  Conv2DTranspose,
  type Conv2DTransposeOptions,
  type Convolution,
  type ConvolutionOptions,
  DepthwiseConv2D,
  type DepthwiseConv2DOptions,
  SeparableConv2D,
  type SeparableConv2DOptions,
} from "./layers/convolutions.js";
export { Dense, type DenseOptions } from "./layers/dense.js";
export { Dropout, type DropoutOptions } from "./layers/dropout.js";
export type { LinearLayer } from "./layers/linear.js";
export { Add, Concatenate, type ConcatenateOptions, type Merging, Multiply } from "./layers/merging.js";
export {
  BatchNormalization,
  type BatchNormalizationOptions,
  GroupNormalization,
  type GroupNormalizationOptions,
  LayerNormalization,
  type Normalization,
  type NormalizationOptions,
} from "./layers/normalizations.js";
export type { KernelOptions, LayerOptions, NamedLayer } from "./layers/options.js";
export {
  AveragePooling2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  type GlobalPooling2D,
  type GlobalPooling2DOptions,
  MaxPooling2D,
  type Pooling2D,
  type Pooling2DOptions,
} from "./layers/pools.js";
export { Residual, type ResidualOptions } from "./layers/residual.js";
export {
  Cropping2D,
  type Cropping2DOptions,
  Flatten,
  Reshape,
  type ReshapeOptions,
  type Sides,
  UpSampling2D,
  type UpSampling2DOptions,
  ZeroPadding2D,
  type ZeroPadding2DOptions,
} from "./layers/shaping.js";
export type { Json, WeightOptions } from "./layerTypes.js";
export type { Loss, LossFunction, LossName, LossWithOptions } from "./losses.js";
export type { Metric, MetricFunction, MetricName, TopK } from "./metrics.js";
export { Model } from "./model.js";
export type {
  BatchSizeOptions,
  BuildOptions,
  GraphTensors,
  ModelInputs,
  ModelOptions,
  OutputOf,
} from "./modelTypes.js";
export type { Network } from "./network.js";
export { Adagrad, type AdagradOptions } from "./optimizers/adagrad.js";
export { Adam, type AdamOptions, AdamW, type MomentOptimizer } from "./optimizers/adam.js";
export type { OptimizerName } from "./optimizers/byName.js";
export { Optimizer, type OptimizerOptions, type Parameter } from "./optimizers/optimizer.js";
export { RMSprop, type RMSpropOptions } from "./optimizers/rmsprop.js";
export { SGD, type SGDOptions } from "./optimizers/sgd.js";
export {
  type CosineDecayOptions,
  cosineDecay,
  type ExponentialDecayOptions,
  exponentialDecay,
  piecewiseConstant,
  type Schedule,
} from "./schedules.js";
export { Sequential, type SequentialBuildOptions } from "./sequential.js";
export { type SummarizedLayer, Summary } from "./summary.js";
export { type Tiled, type TiledOptions, type TiledRunOptions, tiled } from "./tiles/tiled.js";
export type { HostImage, TiledPart, TiledProgress, TiledResult, TiledRun } from "./tiles/tiledRun.js";
export type { Fit, FitReport } from "./training/fit.js";
export type { FitOptions } from "./training/fitPlan.js";
export type { Judgement } from "./training/judge.js";
export type { EarlyStoppingOptions, MonitorOptions, ReduceOnPlateauOptions } from "./training/monitors.js";
export type { Predicted } from "./training/predict.js";
export type { EpochResult, History } from "./training/progress.js";
