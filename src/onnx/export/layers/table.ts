import type { Layer } from "../../../nn/layer.js";
import { Activation } from "../../../nn/layers/activation.js";
import { Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D } from "../../../nn/layers/convolutions.js";
import { Dense } from "../../../nn/layers/dense.js";
import { Dropout } from "../../../nn/layers/dropout.js";
import { Add, Concatenate, Multiply } from "../../../nn/layers/merging.js";
import { BatchNormalization, GroupNormalization, LayerNormalization } from "../../../nn/layers/normalizations.js";
import {
  AveragePooling2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  MaxPooling2D,
} from "../../../nn/layers/pools.js";
import { Residual } from "../../../nn/layers/residual.js";
import { Cropping2D, Flatten, Reshape, UpSampling2D, ZeroPadding2D } from "../../../nn/layers/shaping.js";
import { isOnnxOperator, onnxOperator } from "../operators/onnxOperator.js";
import type { BuiltInExporter } from "../scope.js";
import { conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from "./convolutions.js";
import { dense } from "./dense.js";
import { KERAS_EXPORTERS } from "./keras.js";
import { add, concatenate, multiply, residual } from "./merging.js";
import { batchNormalization, groupNormalization, layerNormalization } from "./normalizations.js";
import { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from "./pools.js";
import { cropping2d, dropout, flatten, reshape, upSampling2d, zeroPadding2d } from "./shaping.js";
import { activated, optionsOf } from "./support.js";

const EXPORTERS = new Map<unknown, BuiltInExporter>([
  [Activation, (scope, layer, [x]) => activated(scope, x, optionsOf(layer))],
  [Add, add],
  [AveragePooling2D, averagePooling2d],
  [BatchNormalization, batchNormalization],
  [Concatenate, concatenate],
  [Conv2D, conv2d],
  [Conv2DTranspose, conv2dTranspose],
  [Cropping2D, cropping2d],
  [Dense, dense],
  [DepthwiseConv2D, depthwiseConv2d],
  [Dropout, dropout],
  [Flatten, flatten],
  [GlobalAveragePooling2D, globalAveragePooling2d],
  [GlobalMaxPooling2D, globalMaxPooling2d],
  [GroupNormalization, groupNormalization],
  [LayerNormalization, layerNormalization],
  [MaxPooling2D, maxPooling2d],
  [Multiply, multiply],
  [Reshape, reshape],
  [Residual, residual],
  [SeparableConv2D, separableConv2d],
  [UpSampling2D, upSampling2d],
  [ZeroPadding2D, zeroPadding2d],
  ...KERAS_EXPORTERS,
]);

/** Undefined for a layer of another class, also one that extends a class of this library. */
export function exporterOf(layer: Layer): BuiltInExporter | undefined {
  return isOnnxOperator(layer) ? onnxOperator : EXPORTERS.get(layer.constructor);
}
