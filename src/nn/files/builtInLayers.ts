import type { Layer } from "../layer.js";
import { Activation } from "../layers/activation.js";
import { Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D } from "../layers/convolutions.js";
import { Dense } from "../layers/dense.js";
import { Dropout } from "../layers/dropout.js";
import { Add, Concatenate, Multiply } from "../layers/merging.js";
import { BatchNormalization, GroupNormalization, LayerNormalization } from "../layers/normalizations.js";
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from "../layers/pools.js";
import { Residual } from "../layers/residual.js";
import { Cropping2D, Flatten, Reshape, UpSampling2D, ZeroPadding2D } from "../layers/shaping.js";

/** The layers of this library by their names in files. */
export const BUILT_IN_LAYERS: readonly (readonly [name: string, layerClass: new (config: never) => Layer])[] =
  Object.entries({
    ...{ Activation, Add, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, Conv2DTranspose, Cropping2D },
    ...{ Dense, DepthwiseConv2D, Dropout, Flatten, GlobalAveragePooling2D, GlobalMaxPooling2D, GroupNormalization },
    ...{ LayerNormalization, MaxPooling2D, Multiply, Reshape, Residual, SeparableConv2D, UpSampling2D, ZeroPadding2D },
  });
