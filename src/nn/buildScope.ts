import type { Backend, Variable } from "../core/backend.js";
import { BackendMismatchError, OptionError, ShapeError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { isRefusedPromise } from "../core/promises.js";
import { halves, pcg4d, RandomNumbers } from "../core/random.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";
import type { ExampleShape } from "./graph/extents.js";
import type { Graph } from "./graph/graph.js";
import { located } from "./graph/located.js";
import { type Extents, extentsOf, traced } from "./graph/trace.js";
import { fansOf, type Initializer, type InitializerName, initializerOf } from "./initializers.js";
import { type BuildScope, type BuiltParts, type Layer, partsOf, setParts } from "./layer.js";
import { checkLayers } from "./layers/lists.js";
import type { Weight, WeightOptions } from "./layerTypes.js";
import { ownWeight } from "./trainedWeights.js";
import { weightSourceOf } from "./weightSource.js";
import { namedLayers } from "./weights.js";

/** The building of one model. If it fails, everything that it made is taken back. */
export class Building {
  readonly #variables: Variable[] = [];
  readonly #layers: Layer[] = [];
  /** The number of streams of random numbers that were taken. */
  #streams = 0;

  constructor(
    readonly backend: Backend,
    readonly seed: number,
  ) {}

  /**
   * Builds a layer for its inputs, unless it is built already.
   *
   * @returns the extents of its outputs
   * @throws ShapeError if it does not take these inputs; BackendMismatchError if its weights are on another backend
   */
  layer(layer: Layer, inputs: readonly Extents[]): readonly Extents[] {
    const examples = inputs.map(({ example }) => example);
    if (layer.isBuilt) {
      this.#checkBackend(layer);
      layer.checkInputs(examples);
    } else {
      const [first, ...others] = examples;
      const scope = new LayerScope(this, layer, examples);
      const built: unknown = layer.build(scope, first && others.length === 0 ? first : examples);
      setParts(layer, scope.finish());
      this.#layers.push(layer);
      if (isRefusedPromise(built)) {
        throw new OptionError(
          `${layer.kind}: build gave a promise, expected that it makes the weights before it returns`,
        );
      }
    }
    return traced(this.backend, layer, inputs);
  }

  variable(values: Float32Array, shape: Shape): Variable {
    const variable = this.backend.variable(values, shape);
    this.#variables.push(variable);
    return variable;
  }

  /** The number of a stream of random numbers that nothing else in the model has. */
  stream(): number {
    return this.#streams++;
  }

  /** Takes everything back. */
  undo(): void {
    for (const variable of this.#variables) variable.dispose();
    for (const layer of this.#layers) setParts(layer, undefined);
  }

  #checkBackend(layer: Layer): void {
    const { weights, parts } = partsOf(layer);
    for (const [name, { variable }] of weights) {
      if (variable.backend !== this.backend) {
        throw new BackendMismatchError(
          `build: ${layer.name}.${name} is on another backend (${variable.backend.kind}) than the model (${this.backend.kind}); a layer keeps its weights where it was built`,
        );
      }
    }
    for (const part of parts) this.#checkBackend(part);
  }
}

/** See `BuildScope`. */
export class LayerScope implements BuildScope {
  readonly backend: Backend;
  readonly #weights = new Map<string, Weight>();
  readonly #parts = new Set<Layer>();
  #isFinished = false;
  #isRandom = false;

  /** @internal */
  constructor(
    private readonly building: Building,
    private readonly layer: Layer,
    private readonly inputs: readonly ExampleShape[],
  ) {
    this.backend = building.backend;
  }

  /** @internal What it made. It makes nothing from now on. */
  finish(): BuiltParts {
    this.#isFinished = true;
    return {
      weights: this.#weights,
      parts: Object.freeze([...this.#parts]),
      inputs: this.inputs,
      isRandom: this.#isRandom,
    };
  }

  weight(
    name: string,
    shape: Shape,
    initializer: Initializer | InitializerName,
    options: WeightOptions = {},
  ): Variable {
    const { kind } = this.layer;
    if (this.#isFinished) throw new OptionError(`${kind}: a weight is made while build runs, not later`);
    const reader = new OptionReader(kind, options, ["trainable", "groups"], "the options of a weight");
    const trainable = reader.boolean("trainable", true);
    const groups = reader.integer("groups", 1, 1);
    if (typeof name !== "string" || !/^[^.]+$/.test(name)) {
      throw new OptionError(`${kind}: the name of a weight is ${show(name)}, expected a text without dots`);
    }
    if (this.#weights.has(name)) {
      throw new OptionError(`${kind}: it has two weights named ${show(name)}; give each a name of its own`);
    }
    const extents = checkShape(kind, name, shape);
    const random = new RandomNumbers(this.building.seed, this.building.stream());
    const source = weightSourceOf(this.layer);
    const values: unknown = source
      ? source(name, extents)
      : initializerOf(kind, initializer)(extents, random, fansOf(extents, groups));
    if (!(values instanceof Float32Array)) {
      throw new OptionError(`${kind}: the initializer of ${name} gave ${show(values)}, expected a Float32Array`);
    }
    if (values.length !== elementsOf(extents)) {
      throw new ShapeError(
        `${kind}: the initializer of ${name} gave ${values.length} values, expected ${elementsOf(extents)} for [${extents.join(", ")}]`,
      );
    }
    const variable = this.building.variable(values, extents);
    this.#weights.set(name, { variable, trainable });
    ownWeight(variable, this.layer, trainable);
    return variable;
  }

  seed(): number {
    this.#isRandom = true;
    const [low, high] = pcg4d(...halves(this.building.seed), this.building.stream(), 1);
    return low + (high >>> 11) * 2 ** 32;
  }

  /** @internal The seed of the model. */
  get modelSeed(): number {
    return this.building.seed;
  }

  /** @internal Builds the layers of a graph. @returns the extents of its outputs */
  graph(graph: Graph, inputs: readonly Extents[]): readonly Extents[] {
    const names = new Map(namedLayers(graph.layers).map(([name, layer]) => [layer, name]));
    return graph.walk(inputs, ({ layer }, x) => {
      try {
        return this.building.layer(layer, x);
      } catch (error) {
        const examples = x.map(({ example }) => example);
        throw located(error, layer.kind, names.get(layer) ?? layer.name, examples);
      }
    });
  }

  part(layer: Layer, inputShape: ExampleShape): ExampleShape {
    checkLayers(this.layer.kind, "part", [layer]);
    this.#parts.add(layer);
    const [output] = this.building.layer(layer, [extentsOf(inputShape)]);
    return output ? output.example : [];
  }
}
