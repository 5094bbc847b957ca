export type { LayerClass } from "../nn/files/knownLayers.js";
export { type LoadKerasOptions, loadKeras } from "./file/loadKeras.js";
export {
  ELU,
  type ELUOptions,
  MoreActivation,
  type MoreActivationName,
  type MoreActivationOptions,
  ReLU,
  type ReLUOptions,
  Softmax,
  type SoftmaxOptions,
} from "./layers/activations.js";
export {
  AsymmetricUpSampling2D,
  type AsymmetricUpSampling2DOptions,
  DepthToSpace,
  type DepthToSpaceOptions,
  InferenceOnly,
  type InferenceOnlyOptions,
  Permute,
  type PermuteOptions,
  SpatialDropout2D,
  type SpatialDropout2DOptions,
} from "./layers/arranging.js";
export { kerasLayers } from "./layers/index.js";
export {
  Arithmetic,
  type ArithmeticOptions,
  Average,
  Divide,
  Maximum,
  Minimum,
  ScaledAdd,
  type ScaledAddOptions,
  Subtract,
} from "./layers/merging.js";
export {
  LayerScale,
  Normalization,
  type NormalizationOptions,
  PReLU,
  type PReLUOptions,
  Rescaling,
  type RescalingOptions,
} from "./layers/scaling.js";
export { type LoadLayersOptions, loadTfjs, type TfjsFiles } from "./tfjs/loadTfjs.js";
export type { Shards } from "./tfjs/manifest.js";
export { readTfjsWeights, type TfjsWeightFiles } from "./tfjs/readTfjsWeights.js";
