import type { Backend } from "../core/backend.js";
import type { Tensor } from "../core/tensor.js";
import type { GraphTensor } from "./graph/graphTensor.js";
import type { Extents } from "./graph/trace.js";

/**
 * The result of a model: a plain value if it was made with a single output. If it was made with a list or an object of
 * outputs, the result is an object by their names.
 *
 * @example
 * ```ts
 * const x = input([2]);
 * const outputs = { digit: new Dense({ units: 10 }).apply(x), ink: new Dense({ units: 1 }).apply(x) };
 * const model = new Model({ inputs: x, outputs }).build(backend);
 * const { digit, ink } = model.predict(backend.tensor([[1, 2]]));
 * [digit.shape, ink.shape]; // [[1, 10], [1, 1]]
 * ```
 */
export type OutputOf<Outputs extends GraphTensors, Value> = Outputs extends GraphTensor | readonly [GraphTensor]
  ? Value
  : Outputs extends readonly GraphTensor[]
    ? Readonly<Record<string, Value>>
    : { readonly [Name in keyof Outputs]: Value };

/**
 * The inputs of a model: a tensor, or with several inputs a list or an object by name.
 *
 * @example
 * ```ts
 * const [a, b] = [input([1]), input([1])];
 * const model = new Model({ inputs: { a, b }, outputs: new Add().apply([a, b]) }).build(backend);
 * const [one, ten] = [backend.tensor([[1]]), backend.tensor([[10]])];
 * await model.predict({ a: one, b: ten }).read(); // [11]
 * await model.predict([one, ten]).read(); // [11]
 * ```
 */
export type ModelInputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/**
 * Tensors of a graph: one, a list, or by name.
 *
 * @example
 * ```ts
 * const x = input([2]);
 * const outputs: GraphTensors = [new Dense({ units: 1 }).apply(x), new Dense({ units: 3 }).apply(x)];
 * const model = new Model({ inputs: x, outputs }).build(backend);
 * model.outputNames; // ["dense", "dense_1"]
 * ```
 */
export type GraphTensors = GraphTensor | readonly GraphTensor[] | Readonly<Record<string, GraphTensor>>;

/**
 * The options of `new Model`.
 *
 * @example
 * ```ts
 * const [image, writer] = [input([2, 2, 1]), input([3])];
 * const joined = new Concatenate().apply([new Flatten().apply(image), writer]);
 * const digit = new Dense({ units: 10 }).apply(joined);
 * const model = new Model({ inputs: { image, writer }, outputs: { digit } }).build(backend);
 * [model.inputNames, model.outputNames]; // [["image", "writer"], ["digit"]]
 * ```
 */
export interface ModelOptions<Outputs extends GraphTensors = GraphTensors> {
  /**
   * The inputs that `input(…)` gave: one, a list, or an object. Its names are those of the inputs in datasets.
   * Required.
   */
  readonly inputs: GraphTensors;
  /**
   * The outputs that `layer.apply(…)` gave: one, a list, or an object. Its names are those of the outputs in datasets,
   * losses and reports. Required.
   */
  readonly outputs: Outputs;
  /** Its name as a layer of another model. "model" if left out. */
  readonly name?: string | undefined;
}

/** The options of `model.build`. */
export interface BuildOptions {
  /**
   * The seed of the first weights, of dropout, and of the order of the examples: an integer from 0 to 2⁵³ − 1. The
   * same seed gives the same weights on every machine. 0 if left out.
   */
  readonly seed?: number | undefined;
}

/** The options of `evaluate` and `predictAll`. */
export interface BatchSizeOptions {
  /** The number of examples that are computed at once. 32 if left out. */
  readonly batchSize?: number | undefined;
}

/** What a network has after it is built. */
export interface Standing {
  readonly backend: Backend;
  readonly seed: number;
  readonly inputs: readonly Extents[];
  readonly outputs: readonly Extents[];
  /** Whether it was built by itself, not as a part of another model. */
  readonly isRoot: boolean;
}
