import { didYouMean, OptionError, show } from "../core/errors.js";
import type { RandomNumbers } from "../core/random.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";
import { SYNONYMS } from "./synonyms.js";

/** How many inputs and outputs a weight connects. Initializers scale their values by these numbers. */
export interface Fans {
  /** The number of terms in the sum that gives one output. */
  readonly fanIn: number;
  /** The number of outputs that depend on one input. */
  readonly fanOut: number;
}

/**
 * Makes the first values of a weight.
 *
 * @param shape of the weight
 * @param random the random numbers of this weight. They depend on the seed of the model, and are the same on every
 * machine
 * @param fans how many inputs and outputs the weight connects. For a convolution with groups, the numbers of one
 * group. If left out, they follow from the shape
 * @returns one value for each element of the weight, in row-major order
 *
 * @example
 * ```ts
 * const identity: Initializer = ([rows = 1, columns = 1]) => {
 *   return Float32Array.from({ length: rows * columns }, (_, i) => (i % (columns + 1) === 0 ? 1 : 0));
 * };
 * const dense = new Dense({ units: 2, kernelInitializer: identity });
 * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[5, 6]])).read(); // [5, 6]
 * ```
 */
export type Initializer = (shape: Shape, random: RandomNumbers, fans?: Fans) => Float32Array;

/**
 * Draws values from a uniform distribution in ±√(6 / (fanIn + fanOut)) (Glorot and Bengio, "Understanding the
 * difficulty of training deep feedforward neural networks", AISTATS 2010). It is the default for kernels, as in
 * Keras. If a layer has as many outputs as inputs, and the inputs have variance 1, the outputs have variance 1 too.
 * The same holds for convolutions with groups.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 2, kernelInitializer: glorotUniform }); // ±√(6 / (4 + 2)) = ±1
 * const model = new Sequential([dense]).build(backend, { inputShape: [4] });
 * const kernel = (await model.weights.get("dense.kernel")?.read()) ?? [];
 * kernel.every((value) => Math.abs(value) <= 1); // true
 * ```
 */
export const glorotUniform: Initializer = (shape, random, { fanIn, fanOut } = fansOf(shape)) =>
  uniform(shape, random, Math.sqrt(6 / (fanIn + fanOut)));

/**
 * Draws values from a normal distribution with the variance 2 / (fanIn + fanOut) (Glorot and Bengio, 2010; see
 * `glorotUniform`). As in Keras, it is truncated at two standard deviations.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 100, kernelInitializer: glorotNormal }); // √(2 / (100 + 100)) = 0.1
 * const model = new Sequential([dense]).build(backend, { inputShape: [100] });
 * const kernel = (await model.weights.get("dense.kernel")?.read()) ?? [];
 * Math.hypot(...kernel) / Math.sqrt(kernel.length); // ≈ 0.1
 * ```
 */
export const glorotNormal: Initializer = (shape, random, { fanIn, fanOut } = fansOf(shape)) =>
  truncatedNormal(shape, random, Math.sqrt(2 / (fanIn + fanOut)));

/**
 * Draws values from a uniform distribution in ±√(6 / fanIn), for layers with a ReLU (He et al., "Delving Deep into
 * Rectifiers", ICCV 2015; Keras's HeUniform).
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 2, activation: "relu", kernelInitializer: heUniform }); // ±√(6 / 6) = ±1
 * const model = new Sequential([dense]).build(backend, { inputShape: [6] });
 * const kernel = (await model.weights.get("dense.kernel")?.read()) ?? [];
 * kernel.every((value) => Math.abs(value) <= 1); // true
 * ```
 */
export const heUniform: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  uniform(shape, random, Math.sqrt(6 / fanIn));

/**
 * Draws values from a normal distribution with the variance 2 / fanIn, for layers with a ReLU (He et al., 2015; see
 * `heUniform`). As in Keras, it is truncated at two standard deviations.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 50, activation: "relu", kernelInitializer: heNormal }); // √(2 / 200) = 0.1
 * const model = new Sequential([dense]).build(backend, { inputShape: [200] });
 * const kernel = (await model.weights.get("dense.kernel")?.read()) ?? [];
 * Math.hypot(...kernel) / Math.sqrt(kernel.length); // ≈ 0.1
 * ```
 */
export const heNormal: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  truncatedNormal(shape, random, Math.sqrt(2 / fanIn));

/**
 * Draws values from a uniform distribution in ±√(3 / fanIn) (LeCun et al., "Efficient BackProp", 1998; Keras's
 * LecunUniform). If the inputs have variance 1, the outputs have variance 1 too, for any number of outputs.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 2, kernelInitializer: lecunUniform }); // ±√(3 / 3) = ±1
 * const model = new Sequential([dense]).build(backend, { inputShape: [3] });
 * const kernel = (await model.weights.get("dense.kernel")?.read()) ?? [];
 * kernel.every((value) => Math.abs(value) <= 1); // true
 * ```
 */
export const lecunUniform: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  uniform(shape, random, Math.sqrt(3 / fanIn));

/**
 * Draws values from a normal distribution with the variance 1 / fanIn (LeCun et al., 1998; see `lecunUniform`). As in
 * Keras, it is truncated at two standard deviations.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 100, kernelInitializer: lecunNormal }); // √(1 / 100) = 0.1
 * const model = new Sequential([dense]).build(backend, { inputShape: [100] });
 * const kernel = (await model.weights.get("dense.kernel")?.read()) ?? [];
 * Math.hypot(...kernel) / Math.sqrt(kernel.length); // ≈ 0.1
 * ```
 */
export const lecunNormal: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  truncatedNormal(shape, random, Math.sqrt(1 / fanIn));

/**
 * Sets all values to 0. It is the default for biases.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 3, kernelInitializer: zeros });
 * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[4, 5]])).read(); // [0, 0, 0]
 * ```
 */
export const zeros: Initializer = (shape) => filled("zeros", shape, 0);

/**
 * Sets all values to 1.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 1, kernelInitializer: ones });
 * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[4, 5]])).read(); // [9]
 * ```
 */
export const ones: Initializer = (shape) => filled("ones", shape, 1);

export const INITIALIZERS = [
  ...(["glorotUniform", "glorotNormal", "heUniform", "heNormal", "lecunUniform", "lecunNormal"] as const),
  ...(["zeros", "ones"] as const),
];

/**
 * The name of an initializer of this library: `"heNormal"` stands for the function `heNormal`.
 *
 * @example
 * ```ts
 * const kernelInitializer: InitializerName = "ones";
 * const model = new Sequential([new Dense({ units: 1, kernelInitializer })]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[4, 5]])).read(); // [9]
 * ```
 */
export type InitializerName = (typeof INITIALIZERS)[number];

const NAMED: Readonly<Record<InitializerName, Initializer>> = {
  ...{ glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal, zeros, ones },
};

/** @throws OptionError if it is neither a function nor the name of an initializer */
export function initializerOf(operator: string, initializer: unknown, argument = "the initializer"): Initializer {
  if (isInitializer(initializer)) return initializer;
  const name = INITIALIZERS.find((known) => known === initializer);
  if (name) return NAMED[name];
  throw new OptionError(
    `${operator}: ${argument} is ${show(initializer)}, expected a function or ${INITIALIZERS.map(show).join(" or ")}${didYouMean(initializer, INITIALIZERS, SYNONYMS)}`,
  );
}

/** The name of an initializer. Undefined if it is not one of this library. */
export function nameOfInitializer(initializer: Initializer): InitializerName | undefined {
  return INITIALIZERS.find((name) => NAMED[name] === initializer);
}

function isInitializer(value: unknown): value is Initializer {
  return typeof value === "function";
}

/**
 * Makes an initializer that sets all values to one number.
 *
 * @param value of all elements of the weight
 * @returns the initializer
 * @throws OptionError if the value is not a number
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 2, kernelInitializer: constant(0.5), biasInitializer: constant(1) });
 * const model = new Sequential([dense]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[4, 6]])).read(); // [6, 6]
 * ```
 */
export function constant(value: number): Initializer {
  if (typeof value !== "number") throw new OptionError(`constant: value must be a number, got ${show(value)}`);
  return (shape) => filled("constant", shape, value);
}

function filled(initializer: string, shape: Shape, value: number): Float32Array {
  return new Float32Array(elementsOf(checkShape(initializer, "shape", shape))).fill(value);
}

/**
 * The fans of a weight, after Keras: [R, S, C, K] has R · S · C and R · S · K; [C, K] has C and K; the length of a
 * vector counts for both.
 *
 * @param groups of K outputs, only K / groups depend on one input
 * @throws ShapeError
 */
export function fansOf(shape: Shape, groups = 1): Fans {
  const extents = checkShape("initializer", "shape", shape);
  const fanOut = extents.at(-1) ?? 1;
  const fanIn = extents.at(-2) ?? fanOut;
  const window = elementsOf(extents.slice(0, -2));
  return { fanIn: window * fanIn, fanOut: (window * fanOut) / groups };
}

function uniform(shape: Shape, random: RandomNumbers, limit: number): Float32Array {
  return Float32Array.from({ length: elementsOf(shape) }, () => limit * (2 * random.uniform() - 1));
}

/** The deviation of a normal distribution of deviation 1 without its values beyond ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

function truncatedNormal(shape: Shape, random: RandomNumbers, deviation: number): Float32Array {
  const scale = deviation / TRUNCATED_DEVIATION;
  return Float32Array.from({ length: elementsOf(shape) }, () => {
    for (;;) {
      const drawn = random.normal();
      if (Math.abs(drawn) <= 2) return scale * drawn;
    }
  });
}
