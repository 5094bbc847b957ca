import type { Variable } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import { mul } from "../../ops/elementwise/mul.js";
import { batchNormalization } from "../../ops/norm/batchNormalization.js";
import { batchNormalizationTraining } from "../../ops/norm/batchNormalizationTraining.js";
import { ones, zeros } from "../initializers.js";
import { type BuildScope, type CallContext, Layer } from "../layer.js";

export interface BatchNormOptions {
  /**
   * How much of the moving statistics stays at each step of training; 0.99 if left out, as in Keras (in PyTorch's words
   * 0.01).
   */
  readonly momentum?: number | undefined;
  /** Added to the variance; 0.001 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
}

interface Weights {
  readonly gamma: Variable;
  readonly beta: Variable;
  readonly movingMean: Variable;
  readonly movingVariance: Variable;
}

/**
 * Batch normalization over the last axis (Keras's BatchNormalization): while training by the batch's own mean and
 * (biased) variance, which the moving ones follow; else by those.
 */
export class BatchNorm extends Layer {
  readonly kind = "batch_norm";
  readonly #momentum: number;
  readonly #epsilon: number;
  #weights: Weights | undefined;

  constructor(options: BatchNormOptions = {}) {
    super();
    const reader = new OptionReader("BatchNorm", options, ["momentum", "epsilon"]);
    this.#momentum = reader.numberFrom("momentum", 0, 1, 0.99);
    this.#epsilon = reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-3);
  }

  build(scope: BuildScope, inputShape: Shape): Shape {
    const channels = inputShape.at(-1);
    if (channels === undefined)
      throw new ShapeError("batch_norm: its input is a number for each example, expected at least one axis");
    this.#weights = {
      gamma: scope.weight("gamma", [channels], ones),
      beta: scope.weight("beta", [channels], zeros),
      movingMean: scope.weight("movingMean", [channels], zeros, false),
      movingVariance: scope.weight("movingVariance", [channels], ones, false),
    };
    this.flops = 2 * inputShape.reduce((product, extent) => product * extent, 1);
    return inputShape;
  }

  call(x: Tensor, { training }: CallContext): Tensor {
    if (!this.#weights) throw new Error("batch_norm: called before it was built");
    const { gamma, beta, movingMean, movingVariance } = this.#weights;
    const options = { scale: gamma.value, bias: beta.value, epsilon: this.#epsilon };
    if (!training) return batchNormalization(x, movingMean.value, movingVariance.value, options);
    const { y, mean, variance } = batchNormalizationTraining(x, options);
    this.#follow(movingMean, mean);
    this.#follow(movingVariance, variance);
    return y;
  }

  #follow(moving: Variable, batch: Tensor): void {
    const { backend } = batch;
    const part = (tensor: Tensor, share: number) => mul(tensor, backend.full([], share));
    moving.assign(add(part(moving.value, this.#momentum), part(batch, 1 - this.#momentum)));
  }
}
