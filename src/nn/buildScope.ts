import type { Backend, Variable } from "../core/backend.js";
import { BackendMismatchError, OptionError, show } from "../core/errors.js";
import { halves, pcg4d, RandomNumbers } from "../core/random.js";
import { checkShape, type Shape } from "../core/shape.js";
import type { ExampleShape } from "./graph/extents.js";
import type { Graph } from "./graph/graph.js";
import { type Extents, extentsOf, traced } from "./graph/trace.js";
import { fansOf, type Initializer, type InitializerName, initializerOf } from "./initializers.js";
import {
  type BuildScope,
  type BuiltParts,
  type Layer,
  partsOf,
  setParts,
  type Weight,
  type WeightOptions,
} from "./layer.js";

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
    if (layer.isBuilt) this.#checkBackend(layer);
    else {
      const [first, ...others] = inputs.map(({ example }) => example);
      const scope = new LayerScope(this, layer);
      layer.build(scope, first && others.length === 0 ? first : inputs.map(({ example }) => example));
      setParts(layer, scope.made);
      this.#layers.push(layer);
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

  /** @internal */
  constructor(
    private readonly building: Building,
    private readonly layer: Layer,
  ) {
    this.backend = building.backend;
  }

  /** @internal What it made. */
  get made(): BuiltParts {
    return { weights: this.#weights, parts: [...this.#parts] };
  }

  weight(
    name: string,
    shape: Shape,
    initializer: Initializer | InitializerName,
    { trainable = true, groups = 1 }: WeightOptions = {},
  ): Variable {
    const { kind } = this.layer;
    if (typeof name !== "string" || !/^[^.]+$/.test(name)) {
      throw new OptionError(`${kind}: the name of a weight is ${show(name)}, expected a text without dots`);
    }
    if (this.#weights.has(name)) {
      throw new OptionError(`${kind}: it has two weights named ${show(name)}; give each a name of its own`);
    }
    const extents = checkShape(kind, name, shape);
    const random = new RandomNumbers(this.building.seed, this.building.stream());
    const values: unknown = initializerOf(kind, initializer)(extents, random, fansOf(extents, groups));
    if (!(values instanceof Float32Array)) {
      throw new OptionError(`${kind}: the initializer of ${name} gave ${show(values)}, expected a Float32Array`);
    }
    const variable = this.building.variable(values, extents);
    this.#weights.set(name, { variable, trainable });
    return variable;
  }

  seed(): number {
    const [low, high] = pcg4d(...halves(this.building.seed), this.building.stream(), 1);
    return low + (high >>> 11) * 2 ** 32;
  }

  /** @internal The seed of the model. */
  get modelSeed(): number {
    return this.building.seed;
  }

  /** @internal Builds the layers of a graph. @returns the extents of its outputs */
  graph(graph: Graph, inputs: readonly Extents[]): readonly Extents[] {
    return graph.walk(inputs, ({ layer }, x) => this.building.layer(layer, x));
  }

  part(layer: Layer, inputShape: ExampleShape): ExampleShape {
    this.#parts.add(layer);
    const [output] = this.building.layer(layer, [extentsOf(inputShape)]);
    return output ? output.example : [];
  }
}
