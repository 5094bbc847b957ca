import type { Variable } from "../core/backend.js";

/** The options that all layers have. */
export interface LayerOptions {
  /**
   * Its name in the summary of a model and in the names of its weights, a text without dots. There the second layer
   * of a name gets "_1". If left out, it is the kind of the layer, such as "conv2d".
   */
  readonly name?: string | undefined;
  /** Whether training changes its weights. True if left out. */
  readonly trainable?: boolean | undefined;
}

/** A weight of a layer. */
export interface Weight {
  /** The variable that holds its values. */
  readonly variable: Variable;
  /** Whether optimizers may change it. They may not change the moving statistics of batch normalization. */
  readonly trainable: boolean;
}

/** The options of `scope.weight`. */
export interface WeightOptions {
  /** Whether optimizers may change it. True if left out. */
  readonly trainable?: boolean | undefined;
  /** The number of groups of a convolution. The initializer gets the fans of one group. 1 if left out. */
  readonly groups?: number | undefined;
}

/** Values that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
