import type { Backend, Variable } from "../core/backend.js";
import { halves, pcg4d, RandomNumbers } from "../core/random.js";
import type { Shape } from "../core/shape.js";
import type { Tensor } from "../core/tensor.js";
import type { Initializer } from "./initializers.js";

/** What a layer is called with beside its input. */
export interface CallContext {
  /** Whether this is a step of training: dropout drops, batch normalization uses the batch's own statistics. */
  readonly training: boolean;
  /** Counts the steps of training, a scalar: dropout takes another mask for each. */
  readonly step: Tensor;
}

/** A weight of a model. */
export interface Weight {
  readonly variable: Variable;
  /** Whether an optimizer changes it; the moving statistics of batch normalization are not. */
  readonly trainable: boolean;
}

/** A layer as it was built, for summaries. */
export interface BuiltLayer {
  readonly name: string;
  /** Of one example. */
  readonly outputShape: Shape;
  readonly parameters: number;
  /** Of one example's forward pass; a multiply-add counts as two. */
  readonly flops: number;
}

/**
 * A step of a network, with its weights. Options are named as in Keras.
 *
 * A layer of your own extends this: `build` makes the weights, `call` computes with them by the operators of the
 * library, which know their gradients.
 */
export abstract class Layer {
  /** What layers of this kind are called in summaries and checkpoints, such as "conv2d". */
  abstract readonly kind: string;
  /** Operations of one example's forward pass, known once it is built. */
  flops = 0;

  /**
   * Makes the weights. Called once.
   *
   * @param inputShape of one example, without the batch
   * @returns the output's shape of one example
   * @throws ShapeError where the layer cannot take such an input
   */
  abstract build(scope: BuildScope, inputShape: Shape): Shape;

  /** @param x [N, …inputShape] */
  abstract call(x: Tensor, context: CallContext): Tensor;
}

/** Names, seeds and weights, while a model is built. */
export class BuildScope {
  readonly #names = new Map<string, number>();

  /** @param path where in the model this is, such as "residual.conv2d" */
  constructor(
    readonly backend: Backend,
    private readonly seed: number,
    private readonly path: string,
    private readonly weights: Map<string, Weight>,
    private readonly seeds = { drawn: 0 },
  ) {}

  /** A variable of the model's, under the layer's name. */
  weight(name: string, shape: Shape, initializer: Initializer, trainable = true): Variable {
    const random = new RandomNumbers(this.seed, this.seeds.drawn++);
    const variable = this.backend.variable(initializer(shape, random), shape);
    this.weights.set(`${this.path}.${name}`, { variable, trainable });
    return variable;
  }

  /** A seed that no other layer of the model has. */
  ownSeed(): number {
    const [low, high] = pcg4d(...halves(this.seed), this.seeds.drawn++, 1);
    return low + (high >>> 11) * 2 ** 32;
  }

  /** Builds layers one after the other, each under a name of its own. */
  buildAll(layers: readonly Layer[], inputShape: Shape): { readonly built: BuiltLayer[]; readonly outputShape: Shape } {
    let shape = inputShape;
    const built = layers.map((layer) => {
      const name = this.#nameOf(layer.kind);
      const path = this.path === "" ? name : `${this.path}.${name}`;
      const before = this.weights.size;
      shape = layer.build(new BuildScope(this.backend, this.seed, path, this.weights, this.seeds), shape);
      const own = [...this.weights.values()].slice(before);
      const parameters = own.reduce((sum, { variable }) => sum + variable.size, 0);
      return { name: path, outputShape: shape, parameters, flops: layer.flops };
    });
    return { built, outputShape: shape };
  }

  /** As Keras names layers: conv2d, conv2d_1, … */
  #nameOf(kind: string): string {
    const count = this.#names.get(kind) ?? 0;
    this.#names.set(kind, count + 1);
    return count === 0 ? kind : `${kind}_${count}`;
  }
}
