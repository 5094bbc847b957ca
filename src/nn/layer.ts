import type { Backend, Variable } from "../core/backend.js";
import { OptionError, ShapeError, show } from "../core/errors.js";
import type { Shape } from "../core/shape.js";
import { Tensor } from "../core/tensor.js";
import { type ExampleShape, showExamples } from "./graph/extents.js";
import { GraphTensor } from "./graph/graphTensor.js";
import { noTensor } from "./graph/located.js";
import type { Initializer, InitializerName } from "./initializers.js";
import type { Json, LayerOptions, Weight, WeightOptions } from "./layerTypes.js";

/**
 * The second argument of a layer's `call`: what the output depends on besides the input.
 *
 * @example
 * ```ts
 * class ClipPixels extends Layer {
 *   override call(x: Tensor, { training }: CallContext): Tensor {
 *     return training ? x : clip(x, { min: 0, max: 1 });
 *   }
 * }
 * const model = new Sequential([new ClipPixels()]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[0.5, 2]])).read(); // [0.5, 1]
 * await model.call(backend.tensor([[0.5, 2]]), { training: true }).read(); // [0.5, 2]
 * ```
 */
export interface CallContext {
  /** Whether this is a step of training. Then dropout drops, and batch normalization uses the batch's statistics. */
  readonly training: boolean;
  /** Whether the layer is frozen: `trainable` is false for it, or for a layer that contains it. */
  readonly frozen: boolean;
  /** @internal The layers that were frozen when the fit began. Left out, it is as `trainable` says now. */
  readonly frozenLayers?: ReadonlySet<Layer> | undefined;
  /** @internal Whether batch normalizations may be folded into the layers before them. False if left out. */
  readonly folding?: boolean | undefined;
  /** The seed of the training. */
  readonly seed: number;
  /** The number of the step, a float32 scalar. Random numbers depend on it. Therefore they differ from step to step. */
  readonly step: Tensor;
  /** The number of the replica, a float32 scalar: 0, unless a batch is cut into replicas. */
  readonly replica: Tensor;
}

/**
 * Makes the weights of a layer. Its `build` gets it.
 *
 * @example
 * ```ts
 * class Skip extends Layer {
 *   readonly #dense = new Dense({ units: 2, kernelInitializer: "ones" });
 *   override build(scope: BuildScope, shape: ExampleShape): void { scope.part(this.#dense, shape); }
 *   override call(x: Tensor): Tensor { return add(x, this.#dense.call(x)); }
 * }
 * const model = new Sequential([new Skip()]).build(backend, { inputShape: [2] });
 * [...model.weights.keys()]; // ["skip.dense.kernel", "skip.dense.bias"]
 * await model.predict(backend.tensor([[1, 2]])).read(); // [4, 5]
 * ```
 */
export interface BuildScope {
  /** The backend of the model. */
  readonly backend: Backend;

  /**
   * Makes a weight of the layer.
   *
   * @param name its name within the layer, such as "kernel". It has no dots
   * @param shape its extents, without the batch
   * @param initializer how its first values are drawn: a function, or a name such as "heNormal"
   * @returns the variable that holds it
   * @throws OptionError if the layer has a weight of this name already, or an argument is invalid; ShapeError if the
   * shape is none, or the initializer gives another number of values; OutOfMemoryError
   */
  weight(name: string, shape: Shape, initializer: Initializer | InitializerName, options?: WeightOptions): Variable;

  /** Gives a seed that nothing else in the model has: for random numbers of the layer's own, with `context.step`. */
  seed(): number;

  /**
   * Builds a layer inside this one. In `call`, call that layer with the context of this one.
   *
   * @param layer the layer inside
   * @param inputShape the extents of one example of its input, without the batch
   * @returns the extents of one example of its output
   * @throws ShapeError if the layer does not take such an input
   */
  part(layer: Layer, inputShape: ExampleShape): ExampleShape;
}

/** What a layer has after it is built. */
export interface BuiltParts {
  /** Its own weights by name, without those of the layers inside. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** The layers that it built inside itself. */
  readonly parts: readonly Layer[];
  /** Whether it takes random numbers, which differ from step to step. */
  readonly isRandom: boolean;
  /** The inputs that it was built for. */
  readonly inputs: readonly ExampleShape[];
}

/** The options of a layer. Its constructor makes the same layer from them. They may hold other layers. */
export type LayerConfig = { readonly [name: string]: ConfigValue };

/** A value in the options of a layer: what JSON can hold, and layers. */
export type ConfigValue = Json | Layer | readonly ConfigValue[] | { readonly [name: string]: ConfigValue };

/** @internal Weights into which a normalization is folded. */
export interface Folded {
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

/** @internal A layer that normalizes batches. */
export interface NormalizationPart extends Layer {
  /** Folds it into the weights of a layer before it. Undefined if gradients pass through the weights. */
  foldInto(layer: LinearPart, kernel: Tensor, bias: Tensor | undefined): Folded | undefined;
}

/** @internal A layer whose output is a sum of products with its kernel. */
export interface LinearPart extends Layer {
  /** The axis of the output channels in the kernel. */
  readonly channelAxis: number;
  /** The output after a batch normalization. Undefined if gradients pass through the weights. */
  normalizedOutput(x: Tensor, normalization: NormalizationPart): Tensor | undefined;
}

const builtParts = new WeakMap<Layer, BuiltParts>();

/**
 * A step of a network, with its weights: the base class of all layers. Their options have Keras's names.
 *
 * A layer object owns its weights. It is built once. If it is used again, in the same model or another, it shares them.
 *
 * A layer of your own extends this class. `build` makes the weights. `call` computes with them, by operators of this
 * library, which know their gradients. The constructor takes one object of options, and `config` gives them back. Then
 * `loadModel(file, backend, { layers: { Scale } })` can make the layer again.
 *
 * @example
 * ```ts
 * class Scale extends Layer {
 *   readonly #start: number;
 *   #factor: Variable | undefined;
 *
 *   constructor(options: LayerOptions & { start: number }) {
 *     super(options);
 *     this.#start = options.start;
 *   }
 *
 *   override build(scope: BuildScope, inputShape: ExampleShape): void {
 *     this.#factor = scope.weight("factor", [inputShape.at(-1) ?? 1], constant(this.#start));
 *   }
 *
 *   override call(x: Tensor): Tensor {
 *     if (!this.#factor) throw new Error("scale: called before it was built");
 *     return mul(x, this.#factor.value);
 *   }
 *
 *   override config(): LayerConfig {
 *     return { start: this.#start };
 *   }
 * }
 * const model = new Sequential([new Scale({ start: 2 })]).build(backend, { inputShape: [3] });
 * await model.predict(backend.tensor([[1, 2, 3]])).read(); // [2, 4, 6]
 * ```
 */
export abstract class Layer {
  #trainable: boolean;
  #name: string | undefined;

  /**
   * @param options `name` and `trainable`. Other options in the object are left to the layer that extends this class. A
   * boolean is `trainable`
   * @throws OptionError if `name` is no text without dots, or `trainable` is no boolean
   */
  constructor(options: LayerOptions | boolean = {}) {
    const { name, trainable = true }: LayerOptions =
      typeof options === "boolean" ? { trainable: options } : Object(options);
    this.#trainable = checkTrainable(this.kind, trainable);
    if (name !== undefined) this.name = name;
  }

  /**
   * The beginning of its name in summaries and files, such as "conv2d". If your own layer does not set it, it follows
   * from the name of the class.
   */
  readonly kind: string = snakeCase(this.constructor.name);

  /**
   * The name that it was given, or else its kind. In a model, summaries and the names of weights number the layers of
   * one name: the second "conv2d" is "conv2d_1" there, and still "conv2d" here.
   *
   * @throws OptionError if it is set to something else than a text without dots
   */
  get name(): string {
    return this.#name ?? this.kind;
  }

  set name(value: string) {
    if (typeof value !== "string" || !/^[^.]+$/.test(value)) {
      throw new OptionError(
        `${this.kind}: name is ${show(value)}, expected a text without dots; leave it out, and load weights of such names with model.loadWeights(file, { rename })`,
      );
    }
    this.#name = value;
  }

  /**
   * Whether training changes its weights. False freezes it, and the layers inside: `fit` leaves their weights alone,
   * and batch normalization uses its moving statistics. It takes effect at the next `fit`.
   *
   * @example
   * ```ts
   * const model = new Sequential([new Dense({ units: 4 }), new Dense({ units: 2 })]);
   * model.build(backend, { inputShape: [3] });
   * for (const layer of model.layers.slice(0, -1)) layer.trainable = false;
   * const { parameters, trainableParameters } = model.summary();
   * [parameters, trainableParameters]; // [26, 10]
   * ```
   */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    this.#trainable = checkTrainable(this.kind, value);
    for (const part of this.parts) part.trainable = value;
  }

  /** The layers inside this one: those of a model or a `Residual`, and those that `scope.part` built. */
  get parts(): readonly Layer[] {
    return builtParts.get(this)?.parts ?? [];
  }

  /**
   * The name of its class in files. It is the name of the class in the code. If a minifier changes that, define
   * `className` in your own layer.
   */
  get className(): string {
    return this.constructor.name;
  }

  /** @internal How a model's layers are connected, for files. Undefined for other layers. */
  structure(_numberOf: (layer: Layer) => number): { readonly [name: string]: Json } | undefined {
    return undefined;
  }

  /** @internal Whether the first axis of its outputs is that of its first input: the examples. */
  get keepsExamples(): boolean {
    return true;
  }

  /** @internal The layer inside whose output is that of this one, if there is one. */
  get lastPart(): Layer | undefined {
    return undefined;
  }

  /** @internal Itself, if a batch normalization after it can be folded into its weights. */
  get asLinear(): LinearPart | undefined {
    return undefined;
  }

  /** @internal Itself, if it is a batch normalization that can be folded into a layer before it. */
  get asNormalization(): NormalizationPart | undefined {
    return undefined;
  }

  /** Whether it is built: it has its weights. */
  get isBuilt(): boolean {
    return builtParts.has(this);
  }

  /**
   * Makes the weights. A layer of your own overrides it. The model calls it once.
   *
   * @param scope makes the weights, and builds layers inside this one
   * @param inputShape the extents of one example, without the batch; null for an extent that varies. With several
   * inputs, a list of shapes
   * @throws ShapeError if the layer cannot take such an input
   */
  build(_scope: BuildScope, _inputShape: ExampleShape | readonly ExampleShape[]): unknown {
    return undefined;
  }

  /**
   * Computes the output. A layer of your own overrides it, with operators of this library. The model calls it, and
   * disposes of the tensors: the output after the last layer that takes it, all others when `call` returns. If it
   * assigns a tensor to a variable, the variable keeps the values.
   *
   * @param x float32 [N, …inputShape]. With several inputs, a list of tensors
   * @param context whether this is training, and what random numbers depend on
   * @returns float32 [N, …]
   * @throws ShapeError if x does not fit; what operators throw
   */
  abstract call(x: Tensor | readonly Tensor[], context: CallContext): Tensor;

  /** @internal As `call`, for a list of inputs and of outputs. Models may have several outputs. */
  callAll(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] {
    const [x, ...others] = inputs;
    if (typeof this.call !== "function") throw new OptionError(`${this.kind}: it has no call(x, context); write one`);
    const output: unknown = this.call(x && others.length === 0 ? x : inputs, context);
    if (output instanceof Tensor) return [output];
    throw noTensor(this.kind, output);
  }

  /**
   * @internal Checks the inputs of a layer that is built.
   *
   * @throws ShapeError if it was built for others. Weights depend on the last extent: the features, or channels
   */
  checkInputs(inputs: readonly ExampleShape[]): void {
    if (!hasWeights(this)) return;
    const { inputs: builtFor } = partsOf(this);
    if (inputs.length === builtFor.length && inputs.every((shape, i) => shape.at(-1) === builtFor[i]?.at(-1))) return;
    const last = builtFor.map((shape) => shape.at(-1)).join(" and ");
    throw new ShapeError(
      `${this.name}: its input is ${showExamples(inputs)} for each example, expected the last extent ${last}, because it was built for ${showExamples(builtFor)} and keeps its weights; make another layer`,
    );
  }

  /**
   * Gives the options that the constructor takes, in one object, without `name` and `trainable`. `loadModel` makes
   * the layer again from them. If the constructor of your own layer takes options, override it.
   *
   * @example
   * ```ts
   * new MaxPooling2D({ poolSize: 3 }).config(); // { poolSize: [3, 3], strides: [3, 3], padding: "valid" }
   * ```
   */
  config(): LayerConfig {
    return {};
  }

  /**
   * Adds the layer to a graph.
   *
   * @param inputs what `input(…)` or another `apply` gives, or a list of them
   * @returns the output of the layer, for the next `apply` or for `new Model({ inputs, outputs })`
   * @throws OptionError if an input is something else
   *
   * @example
   * ```ts
   * const x = input([2]);
   * const sum = new Add().apply([x, new Dense({ units: 2, kernelInitializer: "ones" }).apply(x)]);
   * const model = new Model({ inputs: x, outputs: sum }).build(backend);
   * await model.predict(backend.tensor([[1, 2]])).read(); // [4, 5]
   * ```
   */
  apply(inputs: GraphTensor | readonly GraphTensor[]): GraphTensor {
    return GraphTensor.ofLayer(this, inputs);
  }
}

/** Whether a layer is frozen, by itself or by one around it. During a fit, it is as when the fit began. */
export function isFrozen(layer: Layer, context: CallContext): boolean {
  const { frozen, frozenLayers } = context;
  return frozen || (frozenLayers ? frozenLayers.has(layer) : !layer.trainable);
}

/** The context of a layer inside another one. */
export function contextOf(layer: Layer, context: CallContext): CallContext {
  return isFrozen(layer, context) ? { ...context, frozen: true } : context;
}

/** The weights of a built layer. @throws OptionError if it is not built */
export function partsOf(layer: Layer): BuiltParts {
  const built = builtParts.get(layer);
  if (!built) throw new OptionError(`${layer.kind}: it has no weights yet; build the model first`);
  return built;
}

/** @internal Called once, when the layer is built. Undefined takes it back, if the model around it cannot be built. */
export function setParts(layer: Layer, built: BuiltParts | undefined): void {
  if (built) builtParts.set(layer, built);
  else builtParts.delete(layer);
}

/** Whether it takes random numbers while it is trained, or a layer inside does. */
export function isRandom(layer: Layer): boolean {
  return partsOf(layer).isRandom || layer.parts.some(isRandom);
}

/** Whether it has weights, or a layer inside has. */
function hasWeights(layer: Layer): boolean {
  return partsOf(layer).weights.size > 0 || layer.parts.some(hasWeights);
}

function checkTrainable(layer: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new OptionError(`${layer}: trainable is ${show(value)}, expected true or false`);
}

/** "MyLayer2D" as "my_layer2d", as Keras does. */
export function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
