import { OptionError, ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import { dropout } from "../../ops/elementwise/dropout.js";
import { ACTIVATIONS, type ActivationName, activate } from "../activations.js";
import { type BuildScope, type CallContext, Layer } from "../layer.js";

/** All values of an example in a row: [N, features]. */
export class Flatten extends Layer {
  readonly kind = "flatten";

  build(_: BuildScope, inputShape: Shape): Shape {
    return [elementsOf(inputShape)];
  }

  call(x: Tensor): Tensor {
    const [n = 1] = x.shape;
    return reshape(x, [n, x.size / n]);
  }
}

/** An activation as a layer of its own. */
export class Activation extends Layer {
  readonly kind: string;
  readonly #activation: ActivationName;

  constructor(activation: ActivationName) {
    super();
    if (!ACTIVATIONS.includes(activation)) {
      throw new OptionError(
        `Activation: activation is ${String(activation)}, expected one of ${ACTIVATIONS.join(", ")}`,
      );
    }
    this.#activation = activation;
    this.kind = activation;
  }

  build(_: BuildScope, inputShape: Shape): Shape {
    this.flops = elementsOf(inputShape);
    return inputShape;
  }

  call(x: Tensor): Tensor {
    return activate(x, this.#activation);
  }
}

/** Drops each value with the probability `rate` while training, and scales what is left; another mask at each step. */
export class Dropout extends Layer {
  readonly kind = "dropout";
  readonly #rate: number;
  #seed = 0;

  constructor(options: { readonly rate: number }) {
    super();
    this.#rate = new OptionReader("Dropout", options, ["rate"]).numberFrom("rate", 0, 1);
  }

  build(scope: BuildScope, inputShape: Shape): Shape {
    this.#seed = scope.ownSeed();
    return inputShape;
  }

  call(x: Tensor, { training, step }: CallContext): Tensor {
    return training ? dropout(x, { rate: this.#rate, seed: this.#seed, step }) : x;
  }
}

export interface ResidualOptions {
  /** What is added to the input. */
  readonly layers: readonly Layer[];
  /** What the input goes through, where its shape must change; nothing if left out. */
  readonly shortcut?: readonly Layer[] | undefined;
  /** Of the sum; "relu" if left out. */
  readonly activation?: ActivationName | undefined;
}

/** layers(x) + shortcut(x), activated (He et al., "Deep Residual Learning for Image Recognition", 2016). */
export class Residual extends Layer {
  readonly kind = "residual";
  readonly #layers: readonly Layer[];
  readonly #shortcut: readonly Layer[];
  readonly #activation: ActivationName;

  constructor(options: ResidualOptions) {
    super();
    const reader = new OptionReader("Residual", options, ["layers", "shortcut", "activation"]);
    this.#activation = reader.word("activation", ACTIVATIONS, "relu");
    this.#layers = checkLayers("Residual", "layers", options.layers);
    this.#shortcut = checkLayers("Residual", "shortcut", options.shortcut ?? []);
  }

  build(scope: BuildScope, inputShape: Shape): Shape {
    const main = scope.buildAll(this.#layers, inputShape);
    const shortcut = scope.buildAll(this.#shortcut, inputShape);
    if (main.outputShape.join() !== shortcut.outputShape.join()) {
      throw new ShapeError(
        `residual: its layers make [${main.outputShape.join(", ")}] of [${inputShape.join(", ")}], its shortcut [${shortcut.outputShape.join(", ")}], expected the same; give it a shortcut such as a 1×1 Conv2D with the same strides`,
      );
    }
    this.flops = [...main.built, ...shortcut.built].reduce(
      (sum, { flops }) => sum + flops,
      elementsOf(main.outputShape),
    );
    return main.outputShape;
  }

  call(x: Tensor, context: CallContext): Tensor {
    return activate(add(callAll(this.#layers, x, context), callAll(this.#shortcut, x, context)), this.#activation);
  }
}

/** Calls layers one after the other. */
export function callAll(layers: readonly Layer[], x: Tensor, context: CallContext): Tensor {
  return layers.reduce((input, layer) => layer.call(input, context), x);
}

/** @throws OptionError where it is no list of layers */
export function checkLayers(owner: string, argument: string, layers: unknown): readonly Layer[] {
  if (!Array.isArray(layers) || !layers.every((layer) => layer instanceof Layer)) {
    throw new OptionError(`${owner}: ${argument} must be a list of layers such as [new Dense({ units: 10 })]`);
  }
  return [...layers];
}
