import type { Backend, Variable } from "../core/backend.js";
import { makeDisposable } from "../core/disposable.js";
import { OptionError, ShapeError, show } from "../core/errors.js";
import type { Shape } from "../core/shape.js";
import { sameShape } from "../core/shape.js";
import { reshape, type Tensor } from "../core/tensor.js";
import { concat } from "../ops/arrange/concat.js";
import { abs } from "../ops/elementwise/abs.js";
import { add } from "../ops/elementwise/add.js";
import { div } from "../ops/elementwise/div.js";
import { maximum } from "../ops/elementwise/maximum.js";
import { minimum } from "../ops/elementwise/minimum.js";
import { mul } from "../ops/elementwise/mul.js";
import { sqrt } from "../ops/elementwise/sqrt.js";
import { square } from "../ops/elementwise/square.js";
import { adamUpdate, readAdam } from "../ops/optimizerSteps/adamUpdate.js";
import { checkClipNorm } from "../ops/optimizerSteps/clipScale.js";
import { readSgd, sgdUpdate } from "../ops/optimizerSteps/sgdUpdate.js";
import { reduceMax } from "../ops/reduce/reduceMax.js";
import { reduceSum } from "../ops/reduce/reduceSum.js";
import { checkRate, type Schedule } from "./schedules.js";

/** What all optimizers take. */
export interface OptimizerOptions {
  /** A number, or a schedule: the rate by the step, counted from 0. */
  readonly learningRate?: number | Schedule | undefined;
  /**
   * All gradients together are scaled down to this Euclidean norm where theirs is larger (Keras's `global_clipnorm`).
   * If the norm is infinite or NaN, all become NaN, as TensorFlow documents. None if left out.
   */
  readonly clipNorm?: number | undefined;
}

/** The options that every optimizer reads by itself. */
const COMMON = ["learningRate", "clipNorm"];

/** What there is once an optimizer knows its parameters. */
interface Built {
  readonly backend: Backend;
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Both [1]. */
  readonly learningRate: Variable;
  readonly unscaled: Variable;
}

/**
 * Changes parameters along their gradients. What it keeps from step to step lives in variables, and a step is operators
 * only, so that a recorded step holds it too, with the same bits.
 *
 * An optimizer of your own extends this: `prepare` makes its variables by `keep`, `update` assigns the parameters.
 */
export abstract class Optimizer {
  readonly #name: string;
  readonly #learningRate: number | Schedule;
  readonly #clipNorm: number | undefined;
  readonly #state = new Map<string, Variable>();
  /** Not to be saved, since they hang on nothing but the options. */
  readonly #constants: Variable[] = [];
  declare readonly [Symbol.dispose]: () => void;
  #built: Built | undefined;
  /** What the learning rate's variable holds. */
  #rate = 0;

  static {
    makeDisposable<Optimizer>(Optimizer, (optimizer) => optimizer.dispose());
  }

  /**
   * @param name as the caller knows it, such as "Adam": what it keeps is called by it too, as in "adam.m.conv2d.kernel"
   * @throws OptionError
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

  /** What it was made with, for checkpoints; a schedule, which is a function, is left out. */
  get config(): Readonly<Record<string, number | boolean>> {
    return {
      ...(typeof this.#learningRate === "number" && { learningRate: this.#learningRate }),
      ...(this.#clipNorm !== undefined && { clipNorm: this.#clipNorm }),
    };
  }

  /** What it keeps from step to step, by names that stay the same. */
  get state(): ReadonlyMap<string, Variable> {
    return this.#state;
  }

  /**
   * Takes over parameters, and starts anew.
   *
   * @param parameters by name, all on `backend`
   */
  build(backend: Backend, parameters: ReadonlyMap<string, Variable>): void {
    this.dispose();
    for (const [name, { backend: own }] of parameters) {
      if (own !== backend) {
        throw new OptionError(
          `build: ${name} is on another backend (${own.kind}) than the optimizer (${backend.kind})`,
        );
      }
    }
    this.#rate = this.#rateAt(0);
    const learningRate = backend.variable([this.#rate], [1]);
    const unscaled = backend.variable([1], [1]);
    this.#constants.push(learningRate, unscaled);
    this.#built = { backend, parameters: new Map(parameters), learningRate, unscaled };
    this.prepare(this.#built.parameters);
  }

  /**
   * Brings the learning rate to what it is at a step. Called by the host before the step, never inside of one.
   *
   * @param step counted from 0
   * @throws OptionError where the schedule gives no finite number of at least 0
   */
  setStep(step: number): void {
    const { learningRate } = this.#ready("setStep");
    const rate = this.#rateAt(step);
    if (rate === this.#rate) return;
    learningRate.write([rate]);
    this.#rate = rate;
  }

  /**
   * Takes one step: assigns the parameters and what is kept.
   *
   * @param gradients one for each parameter, by its name and of its shape
   * @throws OptionError, ShapeError; what operators throw
   */
  apply(gradients: ReadonlyMap<string, Tensor>): void {
    const { backend, parameters, learningRate, unscaled } = this.#ready("apply");
    for (const name of gradients.keys()) {
      if (!parameters.has(name)) throw new OptionError(`apply: there is a gradient of ${name}, which is no parameter`);
    }
    const pairs: Parameter[] = [];
    for (const [name, variable] of parameters) {
      const gradient = gradients.get(name);
      if (!gradient) throw new OptionError(`apply: the gradient of ${name} is missing`);
      if (!sameShape(gradient.shape, variable.shape)) {
        throw new ShapeError(
          `apply: the gradient of ${name} is [${gradient.shape.join(", ")}], expected its shape [${variable.shape.join(", ")}]`,
        );
      }
      pairs.push({ name, variable, gradient });
    }
    if (pairs.length === 0) return;
    backend.tidy(() => {
      const scale = this.#clipNorm === undefined ? unscaled.value : globalScale(backend, pairs, this.#clipNorm);
      this.update(pairs, [learningRate.value, scale]);
    });
  }

  /** Gives its variables back; the parameters stay. */
  dispose(): void {
    for (const variable of [...this.#state.values(), ...this.#constants]) variable.dispose();
    this.#state.clear();
    this.#constants.length = 0;
    this.#built = undefined;
  }

  /** Makes the variables. Called by `build`. */
  protected abstract prepare(parameters: ReadonlyMap<string, Variable>): void;

  /**
   * Assigns the parameters, by operators. Called by `apply`, inside of a tidy.
   *
   * @param hyper learning rate and gradient scale, [1] each
   */
  protected abstract update(parameters: readonly Parameter[], hyper: readonly Tensor[]): void;

  /** Makes a variable that is saved with the model, zeros at first. */
  protected keep(name: string, shape: Shape): Variable {
    const { backend } = this.#ready("keep");
    const variable = backend.variable(new Float32Array(shape.reduce((size, extent) => size * extent, 1)), shape);
    this.#state.set(this.#stateName(name), variable);
    return variable;
  }

  /** Makes one for numbers that never change. */
  protected constant(values: readonly number[]): Variable {
    const variable = this.#ready("constant").backend.variable(values, [values.length]);
    this.#constants.push(variable);
    return variable;
  }

  /** One of those made by `keep`. */
  protected kept(name: string): Variable {
    const variable = this.#state.get(this.#stateName(name));
    if (!variable) throw new OptionError(`${this.#name}: keeps nothing under the name ${name}`);
    return variable;
  }

  #stateName(name: string): string {
    return `${this.#name.toLowerCase()}.${name}`;
  }

  #rateAt(step: number): number {
    if (typeof this.#learningRate === "number") return this.#learningRate;
    const rate: unknown = this.#learningRate(step);
    checkRate(this.#name, `learningRate at step ${show(step)}`, rate);
    return rate;
  }

  #ready(method: string): Built {
    if (this.#built) return this.#built;
    throw new OptionError(`${method}: the optimizer has no parameters yet; build it first`);
  }
}

/** A parameter and its gradient. */
export interface Parameter {
  readonly name: string;
  readonly variable: Variable;
  readonly gradient: Tensor;
}

export interface SGDOptions extends OptimizerOptions {
  /** 0.01 if left out. */
  readonly learningRate?: number | Schedule | undefined;
  /** In [0, 1); 0 if left out. */
  readonly momentum?: number | undefined;
  /** Nesterov's momentum. False if left out. */
  readonly nesterov?: boolean | undefined;
  /** An L2 penalty: so much of each parameter is added to its gradient, after clipping. 0 if left out. */
  readonly weightDecay?: number | undefined;
}

/** Stochastic gradient descent, with or without momentum: see `sgdUpdate`. */
export class SGD extends Optimizer {
  readonly #settings: ReturnType<typeof readSgd>;

  /** @throws OptionError */
  constructor(options: SGDOptions = {}) {
    const settings = readSgd("SGD", options, COMMON);
    super("SGD", { learningRate: options.learningRate ?? 0.01, clipNorm: options.clipNorm });
    this.#settings = settings;
  }

  override get config(): Readonly<Record<string, number | boolean>> {
    return { ...super.config, ...this.#settings };
  }

  protected prepare(parameters: ReadonlyMap<string, Variable>): void {
    if (this.#settings.momentum === 0) return;
    for (const [name, { shape }] of parameters) this.keep(`velocity.${name}`, shape);
  }

  protected update(parameters: readonly Parameter[], rateAndScale: readonly Tensor[]): void {
    const hyper = concat(rateAndScale, 0);
    for (const { name, variable, gradient } of parameters) {
      const velocity = this.#settings.momentum === 0 ? undefined : this.kept(`velocity.${name}`);
      const next = sgdUpdate(variable.value, gradient, velocity?.value, hyper, this.#settings);
      variable.assign(next.w);
      if (velocity && next.velocity) velocity.assign(next.velocity);
    }
  }
}

export interface AdamOptions extends OptimizerOptions {
  /** 0.001 if left out. */
  readonly learningRate?: number | Schedule | undefined;
  /** 0.9 if left out. */
  readonly beta1?: number | undefined;
  /** 0.999 if left out. */
  readonly beta2?: number | undefined;
  /** 1e-7 if left out, as in Keras. */
  readonly epsilon?: number | undefined;
  /** So much of each parameter is added to its gradient (`Adam`), or to its step (`AdamW`). */
  readonly weightDecay?: number | undefined;
}

export type { MomentOptimizer };

/** What Adam and AdamW share: the moments, and the count of steps. */
abstract class MomentOptimizer extends Optimizer {
  readonly #settings: ReturnType<typeof readAdam>;
  #betas: Variable | undefined;
  #rests: Variable | undefined;

  protected constructor(name: string, options: AdamOptions, decoupled: boolean, weightDecay: number) {
    const settings = readAdam(name, options, COMMON, weightDecay);
    super(name, { learningRate: options.learningRate ?? 0.001, clipNorm: options.clipNorm });
    this.#settings = { ...settings, decoupled };
  }

  override get config(): Readonly<Record<string, number | boolean>> {
    const { decoupled, ...settings } = this.#settings;
    return { ...super.config, ...settings };
  }

  protected prepare(parameters: ReadonlyMap<string, Variable>): void {
    // As float32 holds them, so that the corrections are those of the very betas that the moments fade by.
    const betas = [Math.fround(this.#settings.beta1), Math.fround(this.#settings.beta2)];
    this.keep("counts", [2]);
    this.#betas = this.constant(betas);
    this.#rests = this.constant(betas.map((beta) => 1 - beta));
    for (const [name, { shape }] of parameters) {
      this.keep(`m.${name}`, shape);
      this.keep(`v.${name}`, shape);
    }
  }

  protected update(parameters: readonly Parameter[], rateAndScale: readonly Tensor[]): void {
    if (!this.#betas || !this.#rests)
      throw new OptionError("apply: the optimizer has no parameters yet; build it first");
    // c ← beta · c + (1 − beta) gives 1 − betaᵗ. Nothing cancels, as it would in 1 minus a power that was rounded t
    // times.
    const counts = add(mul(this.kept("counts").value, this.#betas.value), this.#rests.value);
    this.kept("counts").assign(counts);
    const hyper = concat([...rateAndScale, counts], 0);
    for (const { name, variable, gradient } of parameters) {
      const [m, v] = [this.kept(`m.${name}`), this.kept(`v.${name}`)];
      const next = adamUpdate(variable.value, gradient, m.value, v.value, hyper, this.#settings);
      variable.assign(next.w);
      m.assign(next.m);
      v.assign(next.v);
    }
  }
}

/** Adam: see `adamUpdate`. */
export class Adam extends MomentOptimizer {
  /** @throws OptionError */
  constructor(options: AdamOptions = {}) {
    super("Adam", options, false, 0);
  }
}

/**
 * Adam whose parameters decay by learningRate · weightDecay of themselves at each step; `weightDecay` is 0.004 if left
 * out, as in Keras.
 */
export class AdamW extends MomentOptimizer {
  /** @throws OptionError */
  constructor(options: AdamOptions = {}) {
    super("AdamW", options, true, 0.004);
  }
}

/**
 * The factor that clips all gradients together, [1]. The gradients are divided by the largest of all before they are
 * squared: their squares would overflow above 10¹⁹, and vanish below 10⁻¹⁹.
 */
function globalScale(backend: Backend, parameters: readonly Parameter[], clipNorm: number): Tensor {
  const joined = (parts: readonly Tensor[]) =>
    concat(
      parts.map((part) => reshape(part, [1])),
      0,
    );
  const largest = reduceMax(joined(parameters.map(({ gradient }) => reduceMax(abs(gradient)))), KEPT);
  // All of them may be 0. From 2⁻¹⁰⁰ on, the quotients of normal numbers have squares that do not vanish.
  const divisor = maximum(largest, backend.full([1], 2 ** -100));
  const sum = reduceSum(joined(parameters.map(({ gradient }) => reduceSum(square(div(gradient, divisor))))), KEPT);
  const one = backend.full([1], 1);
  return minimum(one, div(div(backend.full([1], Math.fround(clipNorm)), divisor), sqrt(sum)));
}

const KEPT = { keepDimensions: true } as const;
