import { didYouMean, OptionError, show } from "../core/errors.js";
import type { RandomNumbers } from "../core/random.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";
import { SYNONYMS } from "./synonyms.js";

/** The terms of a sum that an output depends on, and the number of outputs that an input reaches. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Makes a weight's first values, in row-major order.
 *
 * @param random the numbers of this weight. They are the same on every machine
 * @param fans those of one group, for a convolution with groups. If left out, they follow from the shape
 */
export type Initializer = (shape: Shape, random: RandomNumbers, fans?: Fans) => Float32Array;

/**
 * Uniform in ±√(6 / (fanIn + fanOut)) (Glorot and Bengio, "Understanding the difficulty of training deep feedforward
 * neural networks", AISTATS 2010). Keras's default for kernels. For as many outputs as inputs of unit variance, the
 * outputs have unit variance, in convolutions with groups too.
 */
export const glorotUniform: Initializer = (shape, random, { fanIn, fanOut } = fansOf(shape)) =>
  uniform(shape, random, Math.sqrt(6 / (fanIn + fanOut)));

/** Normal with the variance 2 / (fanIn + fanOut), without values beyond two deviations, as in Keras. */
export const glorotNormal: Initializer = (shape, random, { fanIn, fanOut } = fansOf(shape)) =>
  truncatedNormal(shape, random, Math.sqrt(2 / (fanIn + fanOut)));

/**
 * Uniform in ±√(6 / fanIn) (He et al., "Delving Deep into Rectifiers", ICCV 2015). For layers with a ReLU.
 */
export const heUniform: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  uniform(shape, random, Math.sqrt(6 / fanIn));

/** Normal with the variance 2 / fanIn, without values beyond two deviations, as in Keras. For layers with a ReLU. */
export const heNormal: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  truncatedNormal(shape, random, Math.sqrt(2 / fanIn));

/** Uniform in ±√(3 / fanIn) (LeCun et al., "Efficient BackProp", 1998). Unit variance stays for any number of outputs. */
export const lecunUniform: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  uniform(shape, random, Math.sqrt(3 / fanIn));

/** Normal with the variance 1 / fanIn, without values beyond two deviations, as in Keras. */
export const lecunNormal: Initializer = (shape, random, { fanIn } = fansOf(shape)) =>
  truncatedNormal(shape, random, Math.sqrt(1 / fanIn));

export const zeros: Initializer = (shape) => filled("zeros", shape, 0);

export const ones: Initializer = (shape) => filled("ones", shape, 1);

export const INITIALIZERS = [
  ...(["glorotUniform", "glorotNormal", "heUniform", "heNormal", "lecunUniform", "lecunNormal"] as const),
  ...(["zeros", "ones"] as const),
];

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

/** All values are `value`. @throws OptionError if it is not a number */
export function constant(value: number): Initializer {
  if (typeof value !== "number") throw new OptionError(`constant: value must be a number, got ${show(value)}`);
  return (shape) => filled("constant", shape, value);
}

function filled(initializer: string, shape: Shape, value: number): Float32Array {
  return new Float32Array(elementsOf(checkShape(initializer, "shape", shape))).fill(value);
}

/**
 * The fans of a weight, after Keras: [R, S, C, K] has R · S · C and R · S · K; [C, K] has C and K; the length of a vector
 * counts for both.
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
