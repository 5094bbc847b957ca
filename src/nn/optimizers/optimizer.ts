import type { Backend, Variable } from "../../core/backend.js";
import { makeDisposable } from "../../core/disposable.js";
import { OptionError, show } from "../../core/errors.js";
import { existing } from "../../core/objects.js";
import { isInteger } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkClipNorm } from "../../ops/optimizerSteps/clipScale.js";
import { checkRate, type Schedule } from "../schedules.js";
import { isFixed } from "../trainedWeights.js";
import { checkedParameters, checkWeights } from "./checks.js";
import { globalScale } from "./globalScale.js";

/** The options that all optimizers have. */
export interface OptimizerOptions {
  /**
   * The learning rate, ≥ 0: a number, or a schedule that gives one for each step, counted from 0. If left out, 0.01 for
   * `SGD`, and 0.001 for the others.
   */
  readonly learningRate?: number | Schedule | undefined;
  /**
   * The largest Euclidean norm of all gradients together, above 0. If it is exceeded, all gradients are scaled down
   * to it (Keras's `global_clipnorm`). If the norm is infinite or NaN, all become NaN, as TensorFlow documents. No
   * clipping if left out.
   */
  readonly clipNorm?: number | undefined;
}

/** The options that every optimizer reads by itself. */
export const COMMON = ["learningRate", "clipNorm"];

/** A weight and its gradient. */
export interface Parameter {
  /** The name of the weight, such as "dense.kernel". */
  readonly name: string;
  /** The variable that holds the weight. */
  readonly variable: Variable;
  /** The gradient of the loss, of the shape of the weight. It is not clipped yet. */
  readonly gradient: Tensor;
}

/** What there is after an optimizer is built. */
interface Built {
  readonly backend: Backend;
  readonly weights: ReadonlyMap<string, Variable>;
  /** [1] each. */
  readonly learningRate: Variable;
  readonly one: Variable;
}

/**
 * The base class of optimizers, which change weights along their gradients. `SGD`, `Adam` and the others extend it.
 *
 * A model builds its optimizer. For a loop of your own, call `build` with the weights by name. Then call `setStep` and
 * `apply` for each step.
 *
 * An optimizer of your own extends this class: `start` and `startWeight` make its variables by `keep`, and `update`
 * assigns the weights. It keeps numbers from step to step in variables only, and computes with operators only.
 * Therefore it can be part of a recorded step.
 *
 * @example
 * ```ts
 * const w = backend.variable([1, 2], [2]);
 * const optimizer: Optimizer = new SGD({ learningRate: 0.1 });
 * optimizer.build(backend, new Map([["w", w]]));
 * optimizer.setStep(0);
 * optimizer.apply(new Map([["w", backend.tensor([10, 10])]]));
 * await w.read(); // [0, 1]
 * ```
 */
export abstract class Optimizer {
  readonly #name: string;
  readonly #learningRate: number | Schedule;
  readonly #clipNorm: number | undefined;
  readonly #state = new Map<string, Variable>();
  /** The first values of the state. */
  readonly #first = new WeakMap<Variable, number>();
  /** They follow from the options, so they are not saved. */
  readonly #constants: Variable[] = [];
  /** The weights that have their state, each with the names of its variables in `#state`. */
  readonly #started = new Map<string, Set<string>>();
  /** The weight whose state is being made. */
  #starting: string | undefined;
  declare readonly [Symbol.dispose]: () => void;
  #built: Built | undefined;
  #owner: object | undefined;
  /** What the learning rate's variable holds. */
  #rate = 0;
  #rateFactor = 1;

  static {
    makeDisposable<Optimizer>(Optimizer, (optimizer) => optimizer.dispose());
  }

  /**
   * @param name its name, such as "Adam". The names of its state begin with it, as in "adam.m.conv2d.kernel"
   * @param options the learning rate, and the norm to clip to; see `OptimizerOptions`
   * @throws OptionError if the learning rate or the norm is invalid
   */
  constructor(
    name: string,
    options: { readonly learningRate: number | Schedule; readonly clipNorm?: number | undefined },
  ) {
    const { learningRate, clipNorm } = options;
    if (typeof learningRate !== "function") checkRate(name, "learningRate", learningRate);
    this.#name = name;
    this.#learningRate = learningRate;
    if (clipNorm !== undefined) checkClipNorm(name, clipNorm);
    this.#clipNorm = clipNorm;
  }

  /** Its options, for files. A schedule is a function, so it is left out. */
  get config(): Readonly<Record<string, number | boolean | string>> {
    return {
      name: this.#name,
      ...(typeof this.#learningRate === "number" && { learningRate: this.#learningRate }),
      ...(this.#clipNorm !== undefined && { clipNorm: this.#clipNorm }),
    };
  }

  /** The variables that it keeps from step to step, by name. Checkpoints hold them. */
  get state(): ReadonlyMap<string, Variable> {
    return this.#state;
  }

  /**
   * Takes the weights that it will change, and begins anew. It leaves alone moving statistics, and weights of layers
   * that are frozen now, as `fit` does. `apply` needs no gradients of them.
   *
   * @param backend where the weights are
   * @param weights by name: `model.weights` or `model.trainableWeights`
   * @throws OptionError if it belongs to a model, or an argument is invalid; BackendMismatchError if a weight is on
   * another backend
   */
  build(backend: Backend, weights: ReadonlyMap<string, Variable>): void {
    if (this.#owner) throw new OptionError(`${this.#name}: build: this optimizer belongs to a model; make another`);
    this.#begin(backend, weights);
    this.startWeights([...weights].filter(([, variable]) => !isFixed(variable)).map(([name]) => name));
  }

  /**
   * @internal Takes the weights of a model, and begins anew. `startWeights` makes the state of those that are trained.
   *
   * @throws OptionError if it belongs to another model
   */
  buildFor(owner: object, backend: Backend, weights: ReadonlyMap<string, Variable>): void {
    this.checkOwner(owner);
    this.#begin(backend, weights);
    this.#owner = owner;
  }

  /** @internal @throws OptionError if it belongs to another model, or has no learning rate for the first step */
  checkOwner(owner: object): void {
    if (this.#owner !== undefined && this.#owner !== owner) {
      throw new OptionError(
        `compile: the optimizer ${this.#name} belongs to another model, whose state it keeps; make another optimizer`,
      );
    }
    this.rateAt(0);
  }

  /** @internal From now on it belongs to this model, which may be built later. @throws OptionError */
  claim(owner: object): void {
    this.checkOwner(owner);
    this.#owner = owner;
  }

  /** @internal Makes the state of weights that have none. @returns the names of these weights */
  startWeights(names: readonly string[]): readonly string[] {
    const { weights } = this.#ready("startWeights");
    const started: string[] = [];
    for (const name of names) {
      const variable = weights.get(name);
      if (!variable || this.#started.has(name)) continue;
      this.#started.set(name, new Set());
      this.#starting = name;
      started.push(name);
      try {
        this.startWeight(name, variable);
      } catch (error) {
        this.endWeights(started);
        throw error;
      } finally {
        this.#starting = undefined;
      }
    }
    return started;
  }

  /** @internal Frees the state of weights. */
  endWeights(names: readonly string[]): void {
    for (const name of names) {
      for (const kept of this.#started.get(name) ?? []) {
        this.#state.get(kept)?.dispose();
        this.#state.delete(kept);
      }
      this.#started.delete(name);
    }
  }

  /**
   * Sets the learning rate of a step, from the schedule. Call it before the step, not inside a recorded one.
   *
   * @param step the number of the step, from 0
   * @throws OptionError before `build`, if the step is no integer ≥ 0, or the schedule does not give a finite number
   * ≥ 0
   */
  setStep(step: number): void {
    this.#ready("setStep");
    if (!isInteger(step, 0)) throw new OptionError(`setStep: step is ${show(step)}, expected an integer ≥ 0`);
    this.setRate(this.rateAt(step));
  }

  /** @internal Sets the learning rate of the next step. */
  setRate(rate: number): void {
    const { learningRate } = this.#ready("setRate");
    if (rate === this.#rate) return;
    learningRate.write([rate]);
    this.#rate = rate;
  }

  /** @internal Gives the state its first values again, as after `build`. */
  reset(): void {
    this.#ready("reset");
    for (const variable of this.#state.values()) {
      variable.write(new Float32Array(variable.size).fill(existing(this.#first.get(variable))));
    }
  }

  /** @internal A factor of all learning rates from the next `setStep` on. */
  set rateFactor(factor: number) {
    this.#rateFactor = factor;
  }

  /**
   * Takes one step: changes the weights and the state.
   *
   * @param gradients float32, by the names of the weights and of their shapes: one for each weight of `build` that is
   * not left alone
   * @throws OptionError before `build`, if a gradient is missing, or there is no weight of a name; ShapeError if a
   * gradient has not the shape of its weight; what operators throw
   */
  apply(gradients: ReadonlyMap<string, Tensor>): void {
    const { weights } = this.#ready("apply");
    if (!(gradients instanceof Map)) {
      throw new OptionError(`apply: gradients is ${show(gradients)}, expected a Map from names of weights to tensors`);
    }
    const missing = [...this.#started.keys()].find((name) => !gradients.has(name));
    if (missing !== undefined) throw new OptionError(`apply: the gradient of ${missing} is missing`);
    const leftAlone = (name: string) => weights.has(name) && !this.#started.has(name);
    this.applyTo(new Map([...gradients].filter(([name]) => !leftAlone(name))));
  }

  /** @internal The same for some of the weights. The others stay as they are. */
  applyTo(gradients: ReadonlyMap<string, Tensor>): void {
    const { backend, weights, learningRate, one } = this.#ready("apply");
    const parameters = checkedParameters(weights, gradients);
    if (parameters.length === 0) return;
    backend.tidy(() => {
      const scale =
        this.#clipNorm === undefined
          ? one.value
          : globalScale(
              backend,
              parameters.map(({ gradient }) => gradient),
              this.#clipNorm,
            );
      this.update(parameters, [learningRate.value, scale]);
    });
  }

  /** Frees its state. The weights stay. */
  dispose(): void {
    for (const variable of [...this.#state.values(), ...this.#constants]) variable.dispose();
    this.#state.clear();
    this.#started.clear();
    this.#constants.length = 0;
    this.#built = undefined;
    this.#owner = undefined;
  }

  /** Makes the variables that do not belong to one weight, by `keep`. None if it is not overridden. */
  protected start(): void {}

  /**
   * Makes the variables of one weight, by `keep`.
   *
   * @param name the name of the weight, such as "dense.kernel"
   * @param weight the variable that holds it
   */
  protected abstract startWeight(name: string, weight: Variable): void;

  /**
   * Assigns the weights, by operators. `apply` calls it inside `backend.tidy`.
   *
   * @param parameters the weights that change in this step, with their gradients
   * @param rateAndScale the learning rate, and the factor that clips the gradients: float32 [1] each
   *
   * @example
   * ```ts
   * class Descent extends Optimizer {
   *   protected override startWeight(): void {}
   *   protected override update(parameters: readonly Parameter[], [rate, scale]: readonly [Tensor, Tensor]): void {
   *     for (const { variable, gradient } of parameters) {
   *       variable.assign(sub(variable.value, mul(gradient, mul(rate, scale))));
   *     }
   *   }
   * }
   * const w = backend.variable([1, 2], [2]);
   * const optimizer = new Descent("Descent", { learningRate: 0.1 });
   * optimizer.build(backend, new Map([["w", w]]));
   * optimizer.apply(new Map([["w", backend.tensor([10, 10])]]));
   * await w.read(); // [0, 1]
   * ```
   */
  protected abstract update(
    parameters: readonly Parameter[],
    rateAndScale: readonly [rate: Tensor, scale: Tensor],
  ): void;

  /**
   * Makes a variable that checkpoints hold. `kept` gives it again.
   *
   * @param name such as "m.dense.kernel"
   * @param shape its extents
   * @param value the first value of all its elements
   * @returns the variable, float32
   */
  protected keep(name: string, shape: Shape, value = 0): Variable {
    const { backend } = this.#ready("keep");
    const variable = backend.variable(new Float32Array(elementsOf(shape)).fill(value), shape);
    this.#first.set(variable, value);
    this.#state.set(this.#stateName(name), variable);
    if (this.#starting !== undefined) this.#started.get(this.#starting)?.add(this.#stateName(name));
    return variable;
  }

  /**
   * Makes a variable for numbers that never change. Checkpoints do not hold it.
   *
   * @param values the numbers
   * @returns the variable, float32 of one axis
   */
  protected constant(values: readonly number[]): Variable {
    const variable = this.#ready("constant").backend.variable(values, [values.length]);
    this.#constants.push(variable);
    return variable;
  }

  /** Gives a variable that `keep` made. @param name the name that `keep` got @returns the variable */
  protected kept(name: string): Variable {
    return existing(this.#state.get(this.#stateName(name)));
  }

  #begin(backend: Backend, weights: ReadonlyMap<string, Variable>): void {
    checkWeights(backend, weights);
    this.#rateFactor = 1;
    const rate = this.rateAt(0);
    this.dispose();
    this.#rate = rate;
    try {
      const learningRate = backend.variable([rate], [1]);
      this.#constants.push(learningRate);
      const one = backend.variable([1], [1]);
      this.#constants.push(one);
      this.#built = { backend, weights: new Map(weights), learningRate, one };
      this.start();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #stateName(name: string): string {
    return `${this.#name.toLowerCase()}.${name}`;
  }

  /** @internal The learning rate of a step. @throws OptionError if the schedule gives no finite number ≥ 0 */
  rateAt(step: number): number {
    if (typeof this.#learningRate === "number") return this.#rateFactor * this.#learningRate;
    const rate: unknown = this.#learningRate(step);
    checkRate(this.#name, `learningRate at step ${show(step)}`, rate);
    return this.#rateFactor * rate;
  }

  #ready(method: string): Built {
    if (this.#built) return this.#built;
    throw new OptionError(`${method}: the optimizer has no weights yet; call build first`);
  }
}
