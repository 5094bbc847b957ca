import { ShapeError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { add } from "../../ops/elementwise/add.js";
import { type ActivationName, activate, readActivation } from "../activations.js";
import type { ExampleShape } from "../graph/extents.js";
import { Graph } from "../graph/graph.js";
import type { BuildScope, CallContext, Layer, LayerConfig } from "../layer.js";
import { checkLayers } from "./lists.js";
import { type LayerOptions, NamedLayer } from "./options.js";

/** The options of `Residual`. */
export interface ResidualOptions extends LayerOptions {
  /** The layers of the main branch, one after the other. Required. */
  readonly layers: readonly Layer[];
  /**
   * The layers of the shortcut. They give the input the shape of the main branch's output, for example a 1×1 `Conv2D`
   * with the same strides. If left out, the shortcut is the input itself.
   */
  readonly shortcut?: readonly Layer[] | undefined;
  /** The function that is applied to the sum. "relu" if left out. */
  readonly activation?: ActivationName | undefined;
}

/**
 * Computes activation(layers(x) + shortcut(x)), a block of a ResNet (He et al., "Deep Residual Learning for Image
 * Recognition", CVPR 2016). Both branches must give the same shape; otherwise `build` throws ShapeError.
 *
 * @example
 * ```ts
 * const block = new Residual({ layers: [new Dense({ units: 2, kernelInitializer: "ones" })] });
 * const model = new Sequential([block]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[1, 2]])).read(); // [4, 5]
 * ```
 */
export class Residual extends NamedLayer {
  /** @internal */
  static get layerName(): string {
    return "Residual";
  }

  override readonly kind: string = "residual";
  readonly #layers: readonly Layer[];
  readonly #shortcut: readonly Layer[];
  readonly #activation: ActivationName;
  /** Its layers, and those of the shortcut, as chains. */
  readonly #main: Graph;
  readonly #beside: Graph;

  /** @throws OptionError if an option is missing, unknown or invalid, or a branch has something that is no layer */
  constructor(options: ResidualOptions) {
    super("Residual", options, ["layers", "shortcut", "activation"]);
    const { layers, shortcut = [] } = options;
    this.#activation = readActivation(this.reader, "relu");
    checkLayers("Residual", "layers", layers);
    checkLayers("Residual", "shortcut", shortcut);
    [this.#layers, this.#shortcut] = [Object.freeze([...layers]), Object.freeze([...shortcut])];
    [this.#main, this.#beside] = [Graph.chain(this.#layers), Graph.chain(this.#shortcut)];
    // The layers inside are known only now.
    if (!this.trainable) this.trainable = false;
  }

  override get parts(): readonly Layer[] {
    return Object.freeze([...this.#layers, ...this.#shortcut]);
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    for (const layers of [this.#layers, this.#shortcut]) {
      layers.reduce((shape, layer) => scope.part(layer, shape), inputShape);
    }
  }

  override call(x: Tensor, context: CallContext): Tensor {
    const [main = x] = this.#main.run([x], context);
    const [shortcut = x] = this.#beside.run([x], context);
    if (!sameShape(main.shape, shortcut.shape)) {
      throw new ShapeError(
        `residual: its layers make [${main.shape.join(", ")}], its shortcut [${shortcut.shape.join(", ")}], expected the same; give it a shortcut such as a 1×1 Conv2D with the same strides`,
      );
    }
    return activate(add(main, shortcut), this.#activation);
  }

  override config(): LayerConfig {
    return { layers: this.#layers, shortcut: this.#shortcut, activation: this.#activation };
  }
}
