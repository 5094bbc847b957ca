import { OptionError, show } from "../core/errors.js";
import type { RandomNumbers } from "../core/random.js";
import { checkShape, elementsOf, type Shape } from "../core/shape.js";

/** Makes a weight's first values, in row-major order. */
export type Initializer = (shape: Shape, random: RandomNumbers) => Float32Array;

/** Uniform in ±√(6 / (fanIn + fanOut)) (Glorot and Bengio, AISTATS 2010). Keras's default for kernels. */
export const glorotUniform: Initializer = (shape, random) => {
  const { fanIn, fanOut } = fansOf("glorotUniform", shape);
  return uniform(shape, random, Math.sqrt(6 / (fanIn + fanOut)));
};

/**
 * Normal with the variance 2 / (fanIn + fanOut), without what lies beyond two deviations (Glorot and Bengio; truncated
 * as in Keras).
 */
export const glorotNormal: Initializer = (shape, random) => {
  const { fanIn, fanOut } = fansOf("glorotNormal", shape);
  return truncatedNormal(shape, random, Math.sqrt(2 / (fanIn + fanOut)));
};

/** Uniform in ±√(6 / fanIn) (He et al., ICCV 2015), for layers with a ReLU. */
export const heUniform: Initializer = (shape, random) =>
  uniform(shape, random, Math.sqrt(6 / fansOf("heUniform", shape).fanIn));

/**
 * Normal with the variance 2 / fanIn, without what lies beyond two deviations (He et al.; truncated as in Keras), for
 * layers with a ReLU.
 */
export const heNormal: Initializer = (shape, random) =>
  truncatedNormal(shape, random, Math.sqrt(2 / fansOf("heNormal", shape).fanIn));

export const zeros: Initializer = (shape) => filled("zeros", shape, 0);

export const ones: Initializer = (shape) => filled("ones", shape, 1);

/** @throws OptionError where `value` is no number */
export function constant(value: number): Initializer {
  if (typeof value !== "number") throw new OptionError(`constant: value must be a number, got ${show(value)}`);
  return (shape) => filled("constant", shape, value);
}

function filled(initializer: string, shape: Shape, value: number): Float32Array {
  return new Float32Array(elementsOf(checkShape(initializer, "shape", shape))).fill(value);
}

/**
 * How many inputs an output hangs on, and the reverse, after Keras: [R, S, C, K] has R · S · C and R · S · K, whatever
 * R and S are; [C, K] has C and K; a vector's length counts for both, and so does a scalar's 1.
 *
 * @throws ShapeError
 */
function fansOf(initializer: string, shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  const extents = checkShape(initializer, "shape", shape);
  const fanOut = extents.at(-1) ?? 1;
  const fanIn = extents.at(-2) ?? fanOut;
  const window = elementsOf(extents.slice(0, -2));
  return { fanIn: window * fanIn, fanOut: window * fanOut };
}

function uniform(shape: Shape, random: RandomNumbers, limit: number): Float32Array {
  return Float32Array.from({ length: elementsOf(shape) }, () => limit * (2 * random.uniform() - 1));
}

/** The deviation of what is left of a normal distribution of deviation 1 when all beyond ±2 is cut off. */
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
